/** The simulated Checkout page: pays its session's intent as any page pays with Stripe.js, then goes where it is told. */

const form = document.querySelector('#checkout');
const { key, account, secret, business, done } = form.dataset;
const [button, problem] = [form.querySelector('button'), form.querySelector('[role=alert]')];
const isDark = matchMedia('(prefers-color-scheme: dark)').matches;

const stripe = window.Stripe(key, { stripeAccount: account || undefined, locale: 'en' });
const elements = stripe.elements({
  clientSecret: secret,
  appearance: isDark
    ? {
        theme: 'night',
        variables: { colorPrimary: '#7fb0ff', colorBackground: '#10151b', colorText: '#e8edf3' },
      }
    : { theme: 'stripe', variables: { colorPrimary: '#1d5fd1', colorText: '#16202c' } },
});

elements
  .create('payment', { business: { name: business } })
  .on('ready', () => {
    button.disabled = false;
  })
  // Somebody else has paid it, or it ran out, while the page was on its way: the page knows how to say so.
  .on('loaderror', ({ error }) => {
    if (error.payment_intent) location.reload();
  })
  .mount('#element');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  problem.textContent = '';
  const { error, paymentIntent } = await stripe.confirmPayment({
    elements,
    confirmParams: { return_url: done || location.href },
    redirect: 'if_required',
  });
  if (paymentIntent) {
    if (done) location.assign(done);
    else location.reload();
    return;
  }
  // What is wrong with a field stands at the field.
  if (!['validation_error', 'card_error'].includes(error.type)) problem.textContent = error.message;
  button.disabled = false;
});
