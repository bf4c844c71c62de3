package spelling

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"time", "amount", "customer_id", "v"}
	for name, want := range map[string]string{"tmie": "time", "Amount": "amount", "amuont": "amount", "customer_ids": "customer_id", "costumer_di": "", "price": "", "": "v"} {
		if got := Nearest(name, names); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
