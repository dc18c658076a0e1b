package browser

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// trust makes an NSS database that trusts the roots for TLS servers.
func trust(database string, roots []*x509.Certificate) error {
	if err := os.MkdirAll(database, 0o700); err != nil {
		return err
	}
	if err := certutil("-d", "sql:"+database, "-N", "--empty-password"); err != nil {
		return err
	}
	for i, root := range roots {
		file := filepath.Join(database, "root"+strconv.Itoa(i)+".pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), 0o600); err != nil {
			return err
		}
		if err := certutil("-d", "sql:"+database, "-A", "-n", "root"+strconv.Itoa(i), "-t", "C,,", "-i", file); err != nil {
			return err
		}
	}
	return nil
}

// certutil runs NSS's program.
func certutil(args ...string) error {
	if out, err := exec.Command("certutil", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("certutil: %w: %s", err, out)
	}
	return nil
}
