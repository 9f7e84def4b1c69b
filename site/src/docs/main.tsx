import { render } from 'preact';
import { App } from './app';

const place = document.getElementById('docs');
if (!place) throw new Error('docs/index.html has no #docs');
place.replaceChildren();
render(<App />, place);
