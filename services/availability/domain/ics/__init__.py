"""Calendars of other people's programs: from the text of an ICS file to the times that somebody is busy."""
