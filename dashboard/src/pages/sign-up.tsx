import { auth } from '@peepopay/api';
import { ChoiceField, Field, go, PasswordField } from '@peepopay/ui';
import { useMemo, useState } from 'preact/hooks';
import { at } from '../addresses';
import { Form, useForm } from '../form';
import { EntryPage } from '../layout/entry-page';
import { countryChoices, currencyOf, guessedCountry, timeZone } from '../region';
import { words } from '../words';
import { awaitMail } from './awaited-mail';
import { GoogleButton } from './google-button';

export function SignUp() {
  const [country, setCountry] = useState(guessedCountry);
  const countries = useMemo(countryChoices, []);
  const form = useForm({
    send: ({ email = '', password = '', name = '', businessName = '' }, idempotencyKey) =>
      auth.signUp(
        {
          email,
          password,
          name,
          businessName,
          country,
          timezone: timeZone,
          currency: currencyOf(country),
        },
        { idempotencyKey },
      ),
    done: ({ user }) => {
      awaitMail(user.email);
      go(at.checkMail);
    },
  });
  return (
    <EntryPage
      title={words.signUp.title}
      lead={words.signUp.lead}
      below={
        <>
          {words.signUp.haveAccount} <a href={at.login}>{words.signUp.logIn}</a>
        </>
      }
    >
      <Form form={form} action={words.signUp.action}>
        <Field
          name="businessName"
          label={words.fields.businessName}
          hint={words.fields.businessNameHint}
          autoComplete="organization"
          autoCapitalize="words"
          error={form.error('businessName')}
        />
        <Field
          name="name"
          label={words.fields.name}
          autoComplete="name"
          autoCapitalize="words"
          error={form.error('name')}
        />
        <Field
          name="email"
          type="email"
          inputMode="email"
          label={words.fields.email}
          autoComplete="username"
          autoCapitalize="off"
          error={form.error('email')}
        />
        <PasswordField
          name="password"
          label={words.fields.password}
          hint={words.fields.passwordHint}
          minLength={10}
          autoComplete="new-password"
          show={words.fields.show}
          hide={words.fields.hide}
          error={form.error('password')}
        />
        <ChoiceField
          name="country"
          label={words.fields.country}
          hint={words.signUp.region(timeZone, currencyOf(country))}
          options={countries}
          value={country}
          autoComplete="country"
          onChange={setCountry}
          error={form.error('country')}
        />
      </Form>
      <GoogleButton />
      <p class="small-print">
        {words.signUp.terms} <a href="/terms">{words.signUp.termsLink}</a> {words.signUp.and}{' '}
        <a href="/privacy">{words.signUp.privacyLink}</a>.
      </p>
    </EntryPage>
  );
}
