// Package proto holds the contract's proto files, for authors of plugins in other languages.
package proto

import "embed"

// Files are the proto files, by the paths with which they import each other.
//
//go:embed border/v1/*.proto payment/v1/*.proto shipping/v1/*.proto
var Files embed.FS
