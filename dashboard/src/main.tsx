import '@peepopay/ui/tokens.css';
import '@peepopay/ui/ui.css';
import './style.css';
import { render } from 'preact';
import { App } from './app';
import { SessionProvider } from './session';
import { language } from './words';

const place = document.getElementById('app');
if (!place) throw new Error('index.html has no #app');

document.documentElement.lang = language;
render(
  <SessionProvider>
    <App />
  </SessionProvider>,
  place,
);
