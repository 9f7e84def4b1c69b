"""What bookings are, with no database, no network and no clock in it."""
