/** What can be told about a card from its digits alone. */

const BRANDS = [
  { name: 'amex', starts: /^3[47]/, lengths: [15], gaps: [4, 10], cvc: 4 },
  { name: 'diners', starts: /^3(?:0[0-5]|[689])/, lengths: [14, 16], gaps: [4, 10], cvc: 3 },
  { name: 'jcb', starts: /^35/, lengths: [16], gaps: [4, 8, 12], cvc: 3 },
  { name: 'visa', starts: /^4/, lengths: [16], gaps: [4, 8, 12], cvc: 3 },
  { name: 'unionpay', starts: /^62/, lengths: [16, 19], gaps: [4, 8, 12, 16], cvc: 3 },
  { name: 'discover', starts: /^6(?:011|4[4-9]|5)/, lengths: [16], gaps: [4, 8, 12], cvc: 3 },
  {
    name: 'mastercard',
    starts: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/,
    lengths: [16],
    gaps: [4, 8, 12],
    cvc: 3,
  },
];
const UNKNOWN = { name: 'unknown', starts: /^/, lengths: [16], gaps: [4, 8, 12], cvc: 3 };

export const digitsOf = (text) => text.replace(/\D/g, '');

export const brandOf = (number) => BRANDS.find(({ starts }) => starts.test(number)) ?? UNKNOWN;

/** The brand's longest number; a longer one is cut. */
export const longestOf = (brand) => Math.max(...brand.lengths);

/** The number in the groups that are printed on the card. */
export function groupedNumber(number) {
  const { gaps } = brandOf(number);
  const parts = [0, ...gaps, number.length].filter((at) => at <= number.length);
  return parts
    .map((at, index) => number.slice(at, parts[index + 1]))
    .filter(Boolean)
    .join(' ');
}

/** MM / YY from whatever was typed, pasted or filled in: 5, 0534, 5/34, 05-2034. */
export function groupedExpiry(text, isDeleting = false) {
  let digits = digitsOf(text);
  // A month that can only have one digit, or was ended by what is no digit.
  if (/^[2-9]/.test(digits) || /^1[3-9]/.test(digits) || /^1\D/.test(text)) digits = `0${digits}`;
  const month = digits.slice(0, 2);
  let year = digits.slice(2, 6);
  if (!year.startsWith('20')) year = year.slice(0, 2);
  if (year.length === 4) year = year.slice(2);
  return year || (month.length === 2 && !isDeleting) ? `${month} / ${year}` : month;
}

/** Month and year of a date as it stands in the form, in this century. */
export const expiryOf = (text) => {
  const digits = digitsOf(text);
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
};

export function numberProblem(number) {
  const brand = brandOf(number);
  if (number.length < Math.min(...brand.lengths)) return 'incomplete_number';
  return brand.lengths.includes(number.length) && isLuhn(number) ? null : 'invalid_number';
}

export function expiryProblem(text, today = new Date()) {
  const { month, year } = expiryOf(text);
  if (digitsOf(text).length < 4) return 'incomplete_expiry';
  if (month < 1 || month > 12) return 'invalid_expiry_month';
  if (year < today.getFullYear()) return 'invalid_expiry_year_past';
  // Nobody's card is good for half a century.
  if (year > today.getFullYear() + 50) return 'invalid_expiry_year';
  const isOver = year === today.getFullYear() && month < today.getMonth() + 1;
  return isOver ? 'invalid_expiry_month_past' : null;
}

export const cvcProblem = (cvc, number) =>
  cvc.length === brandOf(number).cvc ? null : 'incomplete_cvc';

/** The check digit: every second one from the right doubled, and the sum of all a multiple of ten. */
function isLuhn(number) {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
