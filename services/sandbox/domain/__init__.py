"""What Resend, Twilio and Google would say to a request, without database or HTTP."""
