package moment

import "strings"

// zoneLetters are letters by which people call a zone somewhere, besides abbreviations. Many have several meanings. Those that are words
// as well (ACT, ART, CAT, COST, EAST, EAT, GET, MET, MIST, PET) are left out.
const zoneLetters = " ACDT ACST ACWST ADT AEST AET AFT ALMT AMST AMT AQTT AST AWDT AWST AZOST AZOT AZT BDT BNT BOT BRST BRT BST BTT CCT CHADT CHAST CHST CHUT CKT" +
	" CLST CLT COT CVT DAVT DUT EASST ECT EGST EGT FET FJT FKST FKT FNT GALT GAMT GFT GILT GST GYT HADT HAST HDT HKT HOVT ICT IDT IRDT IRKT IRST IST JDT KDT KGT KOST KRAT LHDT" +
	" LHST LINT MAGT MART MAWT MESZ MEZ MHT MMT MSD MUT MVT MYT NDT NFT NOVT NPT NRT NST NUT OMST ORAT PETT PGT PHOT PHST PHT PKT PMDT PMST PONT PWT PYST PYT RET SAKT SAMT" +
	" SAST SBT SCT SGT SRET SRT SST TAHT TFT TJT TKT TLT TMT TVT ULAT UYST UYT UZT VET VLAT VOLT VUT WAKT WAST WAT WFT WIB WIT WITA YAKT YEKT "

// places are how the names of zones in the IANA database begin.
const places = " Africa America Antarctica Arctic Asia Atlantic Australia Etc Europe Indian Pacific US "

// MeansZone tells whether a word can hardly mean anything else behind a time of day than the zone of its clock: letters such as IST, or the
// name of a place as the IANA database has it, even if there is none of that name. INFO and GET mean something else.
func MeansZone(word string) bool {
	word = strings.Trim(word, "()[]")
	if word == "" || strings.ContainsRune(word, ' ') {
		return false
	}
	if area, _, is := strings.Cut(word, "/"); is {
		return strings.Contains(places, " "+area+" ")
	}
	_, known := abbreviations[word]
	return known || strings.Contains(zoneLetters, " "+word+" ")
}
