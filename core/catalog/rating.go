package catalog

// Rating is how many published reviews gave 1 to 5 stars.
type Rating [5]int64

// Count is how many reviews there are.
func (r Rating) Count() (n int64) {
	for _, c := range r {
		n += c
	}
	return n
}

// Average is in hundredths of a star, rounded; 0 without reviews.
func (r Rating) Average() int64 {
	n := r.Count()
	if n == 0 {
		return 0
	}
	var sum int64
	for i, c := range r {
		sum += int64(i+1) * c
	}
	return (sum*100 + n/2) / n
}
