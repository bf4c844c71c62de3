package table

import (
	"strings"
	"testing"
)

// Where a header has fewer names than rows have fields, a comma or a blank may as well stand within a value as behind the name of a row, and then no value
// moves to the column of another in silence.
func TestSurplusFields(t *testing.T) {
	t.Parallel()
	for text, value := range map[string]string{
		"id,when\n1,2024-03-05T10:11:12,5\n2,2024-03-05T10:11:13,7\n":                                 "2024-03-05T10:11:12,5",
		"id,when\n1,2024-03-05 10:11:12,50\n2,2024-03-05 10:11:13,7\n":                                "2024-03-05 10:11:12,50",
		"when\n2024-03-05 10:11:12,5\n2024-03-05 10:11:13,7\n":                                        "2024-03-05 10:11:12,5",
		"from,to\n2024-03-05 10:11:12,5,2024-03-05 10:11:13,7\n":                                      "2024-03-05 10:11:13,7",
		"id,when\n1,Mar 5,2024\n2,Mar 6,2024\n":                                                       "Mar 5,2024",
		"id,price\n1,3,50\n2,4,25\n":                                                                  "3,50",
		"id,price\n1,$1,250.00\n2,$1,300.50\n":                                                        "$1,250.00",
		"id,price,n\nx,-3,5,7\ny,4,25,8\n":                                                            "5,7",
		"id,city\n1,Paris, France\n2,Rome, Italy\n":                                                   "Paris, France",
		"id when\n1 2024-03-05 10:11:12\n2 2024-03-06 10:11:13\n":                                     "2024-03-05 10:11:12",
		"id,when,n\n1,2024-03-05T10:11:12,5,a\n2,2024-03-05T10:11:13,7,b\n3,2024-03-05T10:11:13,9,\n": "2024-03-05T10:11:12,5",
	} {
		_, _, err := read(t.Context(), Options{}, save(t, text)...)
		if err == nil || !strings.Contains(err.Error(), "("+value+")") || !strings.Contains(err.Error(), "may stand within a value") {
			t.Errorf("%q: %v", text, err)
		}
	}

	// The flag in the error takes the first field for the name of the row, and so do quotes around it, as R writes them.
	check(t, Options{Delimiter: ","}, "id,price\n1,3,50\n2,4,25\n", "2: row_name=t1 id=t3 price=t50", "3: row_name=t2 id=t4 price=t25")
	check(t, Options{Delimiter: blanks}, "id when\n1 2024-03-05 10:11:12\n2 2024-03-06 10:11:13\n", "2: row_name=t1 id=t2024-03-05 when=t10:11:12", "3: row_name=t2 id=t2024-03-06 when=t10:11:13")
	check(t, Options{}, "\"id\",\"price\"\n\"1\",3,50\n\"2\",4,25\n", "2: row_name=q1 id=t3 price=t50", "3: row_name=q2 id=t4 price=t25")
	// What is no value with a comma in it leaves no doubt.
	check(t, Options{}, "a,b\nx,1,u\ny,2,v\n", "2: row_name=tx a=t1 b=tu", "3: row_name=ty a=t2 b=tv")
	check(t, Options{}, "id, price\nx, 1, u\ny, 2, v\n", "2: row_name=tx id=t1 price=tu", "3: row_name=ty id=t2 price=tv")
}
