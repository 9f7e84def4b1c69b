// The address a verification mail went to, kept for this tab so that a reload still knows it.
const key = 'peepopay.awaited-mail';

export const awaitMail = (email: string) => sessionStorage.setItem(key, email);

export const awaitedMail = () => sessionStorage.getItem(key);
