import { Logo } from '@peepopay/ui';
import type { ComponentChildren } from 'preact';
import { words } from '../words';
import { Heading } from './heading';

interface EntryPageProps {
  title: string;
  lead?: string | undefined;
  children: ComponentChildren;
  below?: ComponentChildren;
}

/** The frame of every page before the log in: one card, and nothing that leads astray. */
export function EntryPage({ title, lead, children, below }: EntryPageProps) {
  return (
    <div class="entry">
      <header class="entry-head">
        <Logo href="/" />
      </header>
      <main class="entry-main">
        <div class="card entry-card">
          <div class="entry-title">
            <Heading>{title}</Heading>
            {lead && <p class="soft">{lead}</p>}
          </div>
          {children}
        </div>
        {below && <p class="entry-below">{below}</p>}
      </main>
      <footer class="entry-foot">
        <a href="/docs">{words.documents.docs}</a>
        <a href="/privacy">{words.documents.privacy}</a>
        <a href="/terms">{words.documents.terms}</a>
      </footer>
    </div>
  );
}
