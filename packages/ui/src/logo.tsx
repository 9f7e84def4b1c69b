import mark from './mark.svg';

export function Logo({ href }: { href: string }) {
  return (
    <a class="logo" href={href}>
      <img src={mark} alt="" width="32" height="32" />
      PeepoPay
    </a>
  );
}
