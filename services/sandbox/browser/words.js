/** What the form says, by language; the codes are Stripe's, and so are the English sentences for them. */

const WORDS = {
  en: {
    number: 'Card number',
    expiry: 'Expiration date',
    expiryHint: 'MM / YY',
    cvc: 'Security code',
    cvcHint: 'CVC',
    simulated: 'SIMULATED',
    noMoney: 'Test cards only, no money moves',
    testCards: 'Fill in a test card',
    card: 'Card details',
    succeeds: 'Succeeds',
    declined: 'Declined',
    poor: 'No funds',
    asks: 'Asks the bank',
    disputed: 'Disputed',
    terms: (business) =>
      `By providing your card information, you allow ${business} to charge your card for future payments in accordance with their terms.`,
    thisBusiness: 'this business',
    bank: 'Confirm your payment',
    bankSays: (amount, card) =>
      `Your bank wants to know that it is you who pays ${amount} with ${card}.`,
    bankSaysSaved: (card) => `Your bank wants to know that it is you who saves ${card}.`,
    cardEnding: (last4) => `the card ending in ${last4}`,
    yourCard: 'your card',
    noBank: 'No bank is involved: choose how it ends.',
    complete: 'Complete authentication',
    fail: 'Fail authentication',
    incomplete_number: 'Your card number is incomplete.',
    invalid_number: 'Your card number is invalid.',
    incomplete_expiry: 'Your card’s expiration date is incomplete.',
    invalid_expiry_month: 'Your card’s expiration date is invalid.',
    invalid_expiry_year: 'Your card’s expiration year is invalid.',
    invalid_expiry_year_past: 'Your card’s expiration year is in the past.',
    invalid_expiry_month_past: 'Your card’s expiration date is in the past.',
    incomplete_cvc: 'Your card’s security code is incomplete.',
    unreachable:
      'We are experiencing issues connecting to our payments provider. Please check your connection and try again.',
    unreadable: 'An unexpected error occurred.',
    authentication_failed:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  },
  de: {
    number: 'Kartennummer',
    expiry: 'Ablaufdatum',
    expiryHint: 'MM / JJ',
    cvc: 'Sicherheitscode',
    cvcHint: 'CVC',
    simulated: 'SIMULIERT',
    noMoney: 'Nur Testkarten, es fließt kein Geld',
    testCards: 'Eine Testkarte eintragen',
    card: 'Kartendaten',
    succeeds: 'Gelingt',
    declined: 'Abgelehnt',
    poor: 'Keine Deckung',
    asks: 'Bank fragt nach',
    disputed: 'Angefochten',
    terms: (business) =>
      `Indem Sie Ihre Kartendaten angeben, erlauben Sie ${business}, Ihre Karte für künftige Zahlungen gemäß den Bedingungen zu belasten.`,
    thisBusiness: 'diesem Unternehmen',
    bank: 'Bestätigen Sie Ihre Zahlung',
    bankSays: (amount, card) =>
      `Ihre Bank möchte wissen, ob Sie es sind, der ${amount} mit ${card} bezahlt.`,
    bankSaysSaved: (card) =>
      `Ihre Bank möchte wissen, ob Sie es sind, der die Daten speichert: ${card}.`,
    cardEnding: (last4) => `der Karte mit den Endziffern ${last4}`,
    yourCard: 'Ihrer Karte',
    noBank: 'Keine Bank ist beteiligt: Sie entscheiden, wie es ausgeht.',
    complete: 'Bestätigen',
    fail: 'Ablehnen',
    incomplete_number: 'Die Kartennummer ist unvollständig.',
    invalid_number: 'Die Kartennummer ist ungültig.',
    incomplete_expiry: 'Das Ablaufdatum ist unvollständig.',
    invalid_expiry_month: 'Das Ablaufdatum ist ungültig.',
    invalid_expiry_year: 'Das Ablaufjahr ist ungültig.',
    invalid_expiry_year_past: 'Das Ablaufjahr liegt in der Vergangenheit.',
    invalid_expiry_month_past: 'Das Ablaufdatum liegt in der Vergangenheit.',
    incomplete_cvc: 'Der Sicherheitscode ist unvollständig.',
    unreachable:
      'Der Zahlungsdienst ist nicht zu erreichen. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
    unreadable: 'Ein unerwarteter Fehler ist aufgetreten.',
    authentication_failed:
      'Ihre Zahlungsmethode konnte nicht bestätigt werden. Bitte wählen Sie eine andere und versuchen Sie es erneut.',
  },
};

/** The words of a locale such as `de-AT`; `auto` is the browser's own, and what is unknown is English. */
export function wordsFor(locale = 'auto') {
  const tag = languageOf(locale);
  return { ...(WORDS[tag.split('-')[0]] ?? WORDS.en), locale: tag };
}

function languageOf(locale) {
  const tag = locale === 'auto' ? navigator.language : locale;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

// Where Stripe counts otherwise than ISO 4217.
const PLACES = { ISK: 2, UGX: 2, MGA: 0 };

/** An amount in the currency's smallest unit, for people. */
export function moneyIn(locale, amount, currency) {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const places = PLACES[currency.toUpperCase()] ?? format.resolvedOptions().maximumFractionDigits;
  return format.format(amount / 10 ** places);
}
