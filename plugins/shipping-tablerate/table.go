package main

// table is a vendor's settings, ready for use. It is never changed after parse.
type table struct {
	currency string
	zones    []zone            // in the vendor's order
	areas    map[string][]area // by country, in the order of the zones
}

// zone is a set of destinations with its services. Without services nothing is sent there.
type zone struct {
	name     string
	rest     bool // the rest of the world; always the last zone
	services []service
	pickups  []pickup
}

// area is all or part of a country.
type area struct {
	zone    int
	regions map[string]bool // none means any
	postal  []span          // none means any
}

// whole says that the area is a country without exception.
func (a area) whole() bool { return len(a.regions) == 0 && len(a.postal) == 0 }

// span holds the postal codes whose first letters and digits lie between two texts of the same length. A prefix is the
// span from itself to itself.
type span struct{ from, to string }

// measure is what the bands of a service are about.
type measure string

const (
	byWeight measure = "weight" // grams
	byPrice  measure = "price"  // value of the goods in minor units
	byItems  measure = "items"
)

// service is one way of sending. Amounts are minor units of the table's currency.
type service struct {
	code, name       string
	by               measure
	bands            []band // ascending, without gaps, from zero
	perItem          surcharge
	perKilogram      surcharge // for each started kilogram
	freeOver         int64     // value of the goods from which it costs nothing; zero means never
	maxGrams         int64     // heavier parcels are not taken; zero means any
	minDays, maxDays int
}

// band is the price from one measure to another, both included.
type band struct {
	from, to int64 // to is math.MaxInt64 without an end
	price    int64
}

// surcharge is the price for each unit above a number of them.
type surcharge struct{ price, above int64 }

// pickup is a place where the buyer fetches the parcel.
type pickup struct {
	code, name       string
	price            int64
	minDays, maxDays int
}
