package envelope

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"time"
)

var wellFormed = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// requestID is the caller's own id where it is well formed, else a new UUIDv7.
func requestID(brought string) string {
	if wellFormed.MatchString(brought) {
		return brought
	}
	var raw [16]byte
	if _, err := rand.Read(raw[6:]); err != nil {
		panic(err)
	}
	milliseconds := time.Now().UnixMilli()
	for i := 5; i >= 0; i-- {
		raw[i] = byte(milliseconds)
		milliseconds >>= 8
	}
	raw[6] = raw[6]&0x0f | 0x70
	raw[8] = raw[8]&0x3f | 0x80
	text := hex.EncodeToString(raw[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
