"""Who is booked for what and when: customers, bookings, their states and their links."""
