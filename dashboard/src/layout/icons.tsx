import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const HomeIcon = () => (
  <Icon>
    <path d="M3.5 11 12 4l8.5 7" />
    <path d="M6 9.5V20h12V9.5" />
    <path d="M10 20v-5.5h4V20" />
  </Icon>
);

export const PaymentsIcon = () => (
  <Icon>
    <rect x="3" y="5.5" width="18" height="13" rx="2" />
    <path d="M3 10h18M7 15h3.5" />
  </Icon>
);

export const TeamIcon = () => (
  <Icon>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M2.5 20c.4-3.6 3-5.5 6.5-5.5s6.1 1.9 6.5 5.5" />
    <path d="M16 4.900a3.5 3.5 0 0 1 0 6.300M18.5 15c1.8.8 2.8 2.5 3 5" />
  </Icon>
);

export const SecurityIcon = () => (
  <Icon>
    <path d="M12 3 4.5 6v5.500c0 4.5 3 8 7.5 9.5 4.5-1.5 7.5-5 7.5-9.500V6z" />
    <path d="m8.8 12 2.3 2.3 4.2-4.5" />
  </Icon>
);

export const AuditIcon = () => (
  <Icon>
    <path d="M8.5 6H20M8.5 12H20M8.5 18H20" />
    <path d="M4 6h.010M4 12h.010M4 18h.01" />
  </Icon>
);

export const LogOutIcon = () => (
  <Icon>
    <path d="M14 4H5v16h9" />
    <path d="M10 12h10m-3.5-3.500L20 12l-3.5 3.5" />
  </Icon>
);

export const GoogleIcon = () => (
  <svg viewBox="0 0 18 18" aria-hidden="true">
    <path
      fill="#4285f4"
      d="M17.64 9.205c0-.639-.057-1.252-.164-1.841H9v3.481h4.844a4.14 4.14 0 0 1-1.796 2.716v2.259h2.908c1.702-1.567 2.684-3.875 2.684-6.615"
    />
    <path
      fill="#34a853"
      d="M9 18c2.43 0 4.467-.806 5.956-2.180l-2.908-2.259c-.806.54-1.837.86-3.048.86-2.344 0-4.328-1.584-5.036-3.711H.957v2.332A9 9 0 0 0 9 18"
    />
    <path
      fill="#fbbc05"
      d="M3.964 10.710A5.41 5.41 0 0 1 3.682 9c0-.593.102-1.17.282-1.710V4.958H.957A9 9 0 0 0 0 9c0 1.452.348 2.827.957 4.042z"
    />
    <path
      fill="#ea4335"
      d="M9 3.580c1.321 0 2.508.454 3.44 1.345l2.582-2.580C13.463.891 11.426 0 9 0A9 9 0 0 0 .957 4.958L3.964 7.290C4.672 5.163 6.656 3.58 9 3.58"
    />
  </svg>
);
