"""What a business offers: its public profile, settings, branding and services."""
