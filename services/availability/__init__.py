"""When something can be had: calendars of staff, every claim on their time, and the slots."""
