package moment

// maxName is more bytes than any name has.
const maxName = len("septiembre") + 1

// lowerCase appends a name in small letters.
func lowerCase(dst, word []byte) []byte {
	lower := append(dst, word...)
	for i, c := range lower {
		if isLetter(c) || i > 0 && lower[i-1] == 0xc3 && c < 0x9f { // É and é differ in this bit, too
			lower[i] |= 0x20
		}
	}
	return lower
}

// month is the number of a month by its name in English, German, Dutch, Danish, Norwegian, Swedish, French, Spanish, Italian or
// Portuguese, or by what is usual to shorten it to; 0 if there is none. No name means different months in two of them.
func month(word []byte) int {
	var room [maxName]byte
	if len(word) < 3 || len(word) > len(room) {
		return 0
	}
	switch string(lowerCase(room[:0], word)) {
	case "january", "jan", "januar", "januari", "jänner", "janvier", "janv", "enero", "ene", "gennaio", "gen", "janeiro":
		return 1
	case "february", "feb", "februar", "februari", "feber", "février", "fevrier", "févr", "fevr", "fév", "fev", "febrero", "febbraio", "fevereiro":
		return 2
	case "march", "mar", "märz", "maerz", "mär", "mrz", "maart", "mrt", "mars", "marts", "marzo", "março", "marco":
		return 3
	case "april", "apr", "avril", "avr", "abril", "abr", "aprile":
		return 4
	case "may", "mai", "maj", "mei", "mayo", "maggio", "mag", "maio":
		return 5
	case "june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho":
		return 6
	case "july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho":
		return 7
	case "august", "aug", "augusti", "augustus", "août", "aout", "agosto", "ago":
		return 8
	case "september", "sep", "sept", "septembre", "septiembre", "setiembre", "settembre", "setembro", "set":
		return 9
	case "october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out":
		return 10
	case "november", "nov", "novembre", "noviembre", "novembro":
		return 11
	case "december", "dec", "dezember", "dez", "desember", "des", "décembre", "decembre", "déc", "diciembre", "dicembre", "dic", "dezembro":
		return 12
	}
	return 0
}

// weekday is the number of a day of the week, Monday being 1, by its name in one of these languages, or by what is usual to shorten it to; 0 if there is none.
// No name means different days in two of them.
func weekday(word []byte) int {
	var room [maxName]byte
	if len(word) < 2 || len(word) > len(room) {
		return 0
	}
	switch string(lowerCase(room[:0], word)) {
	case "monday", "mon", "mond", "montag", "mo", "maandag", "mandag", "måndag", "lundi", "lun", "lunes", "lunedì", "segunda":
		return 1
	case "tuesday", "tue", "tues", "dienstag", "di", "dinsdag", "tirsdag", "tisdag", "mardi", "martes", "martedì", "terça":
		return 2
	case "wednesday", "wed", "wedn", "mittwoch", "mi", "woensdag", "onsdag", "mercredi", "mer", "miércoles", "miercoles", "mié", "mercoledì", "quarta":
		return 3
	case "thursday", "thu", "thur", "donnerstag", "do", "donderdag", "torsdag", "jeudi", "jeu", "jueves", "jue", "giovedì", "gio", "quinta":
		return 4
	case "friday", "fri", "frid", "freitag", "fr", "vrijdag", "fredag", "vendredi", "ven", "viernes", "vie", "venerdì", "sexta":
		return 5
	case "saturday", "sat", "satu", "samstag", "sonnabend", "sa", "zaterdag", "lørdag", "lördag", "samedi", "sam", "sábado", "sabado", "sáb", "sabato", "sab":
		return 6
	case "sunday", "sun", "sund", "sonntag", "so", "zondag", "søndag", "söndag", "dimanche", "dim", "domingo", "dom", "domenica":
		return 7
	}
	return 0
}

// isOf tells whether a word stands between a day, a month and a year in Spanish, Portuguese or English: 1 de enero de 2024.
func isOf(word []byte) bool {
	return equalFold(word, "de") || equalFold(word, "del") || equalFold(word, "of")
}

// of steps over such a word and the blank behind it.
func (c *cursor) of() {
	at := *c
	if isOf(at.word()) && at.blanks() == 1 {
		c.i = at.i
	}
}
