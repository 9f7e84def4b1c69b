import { buttonClass } from '@peepopay/ui';
import { at } from '../addresses';
import { EntryPage } from '../layout/entry-page';
import { words } from '../words';

export function Missing() {
  return (
    <EntryPage title={words.missing.title} lead={words.missing.text}>
      <a class={buttonClass('strong', false, true)} href={at.home}>
        {words.missing.action}
      </a>
    </EntryPage>
  );
}
