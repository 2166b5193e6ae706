package sdk

import "os"

// nameProcess sets the name that ps shows: the host starts the verified file by descriptor, which leaves a number there.
func nameProcess(name string) {
	_ = os.WriteFile("/proc/self/comm", []byte(name), 0o600) // cosmetic: a refusal changes nothing
}
