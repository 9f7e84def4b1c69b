"""Money: Stripe accounts, intents, payments, refunds, disputes and the ledger."""
