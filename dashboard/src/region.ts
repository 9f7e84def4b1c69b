// Where the business is: guessed from the browser, and what follows from its country.
import { language } from './words';

/** The countries where businesses can be paid out, each with its currency. */
const currencies: Record<string, string> = {
  AE: 'AED',
  AT: 'EUR',
  AU: 'AUD',
  BE: 'EUR',
  BG: 'EUR',
  BR: 'BRL',
  CA: 'CAD',
  CH: 'CHF',
  CY: 'EUR',
  CZ: 'CZK',
  DE: 'EUR',
  DK: 'DKK',
  EE: 'EUR',
  ES: 'EUR',
  FI: 'EUR',
  FR: 'EUR',
  GB: 'GBP',
  GI: 'GBP',
  GR: 'EUR',
  HK: 'HKD',
  HR: 'EUR',
  HU: 'HUF',
  IE: 'EUR',
  IT: 'EUR',
  JP: 'JPY',
  LI: 'CHF',
  LT: 'EUR',
  LU: 'EUR',
  LV: 'EUR',
  MT: 'EUR',
  MX: 'MXN',
  MY: 'MYR',
  NL: 'EUR',
  NO: 'NOK',
  NZ: 'NZD',
  PL: 'PLN',
  PT: 'EUR',
  RO: 'RON',
  SE: 'SEK',
  SG: 'SGD',
  SI: 'EUR',
  SK: 'EUR',
  TH: 'THB',
  US: 'USD',
};

/** The usual zones of countries whose visitors often browse in plain English. */
const zoneCountries: readonly [prefix: string, country: string][] = [
  ['Pacific/Auckland', 'NZ'],
  ['Pacific/Chatham', 'NZ'],
  ['Australia/', 'AU'],
  ['Europe/London', 'GB'],
  ['Europe/Dublin', 'IE'],
];

export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export const currencyOf = (country: string) => currencies[country] ?? 'USD';

export function countryChoices(): [code: string, name: string][] {
  const names = new Intl.DisplayNames([language], { type: 'region' });
  return Object.keys(currencies)
    .map((code): [string, string] => [code, names.of(code) ?? code])
    .sort(([, a], [, b]) => a.localeCompare(b, language));
}

export function guessedCountry(): string {
  const byZone = zoneCountries.find(([prefix]) => timeZone.startsWith(prefix))?.[1];
  const byLanguage = navigator.languages
    .map((tag) => new Intl.Locale(tag).region)
    .find((region) => region !== undefined && region in currencies);
  return byZone ?? byLanguage ?? 'US';
}
