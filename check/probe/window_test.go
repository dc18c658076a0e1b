package probe

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However long a list of hosts with many addresses is, no address waits for its
// place for much of a target's time: the next target begins when there is room.
func TestAddressesWaitForPlaces(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const hosts, addresses, patience = 1500, 8, 20 * time.Second
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{Deadline: time.Minute})
		var longest time.Duration
		var mu sync.Mutex
		var all sync.WaitGroup
		for range hosts {
			all.Go(func() {
				defer p.begin(t.Context())()
				var own sync.WaitGroup
				for range addresses - 1 {
					own.Go(func() {
						queued := time.Now()
						begun, end, _ := inFlight(t.Context(), &p.otherAddresses, nil)
						defer end()
						mu.Lock()
						longest = max(longest, begun.Sub(queued))
						mu.Unlock()
						time.Sleep(time.Second)
					})
				}
				own.Wait()
			})
		}
		all.Wait()
		if longest > patience {
			t.Errorf("an address waited for %v", longest)
		}
		time.Sleep(time.Minute) // for what ends later
	})
}
