// Stripe's Payment Element in the page of an order that waits for its payment. Stripe.js comes from Stripe itself, as its
// terms ask; this script only mounts it. What became of the payment is told by the server, never by the browser.
(() => {
  'use strict';

  const root = document.querySelector('[data-stripe]');
  if (!root || !window.Stripe) return;
  const { stripe: key, secret, account } = root.dataset;
  const back = root.dataset.return;
  const stripe = window.Stripe(key, account ? { stripeAccount: account } : undefined);
  const elements = stripe.elements({ clientSecret: secret });
  const element = elements.create('payment');
  const button = root.querySelector('[data-pay]');
  const wrong = root.querySelector('[data-wrong]');

  const say = (text) => { wrong.textContent = text; wrong.hidden = !text; };

  async function confirm() {
    say('');
    button.disabled = true;
    const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: back } });
    button.disabled = false;
    if (error) say(error.message || 'The payment did not go through. Try again.');
  }

  // A card that only needs 3-D Secure has its details already.
  async function begin() {
    const { paymentIntent } = await stripe.retrievePaymentIntent(secret);
    if (paymentIntent && paymentIntent.status === 'requires_action') {
      const { error } = await stripe.handleNextAction({ clientSecret: secret });
      if (!error) { location.assign(back); return; }
      say(error.message || 'The bank did not agree. Pay in another way.');
      return;
    }
    element.mount(root.querySelector('[data-element]'));
    element.on('ready', () => { button.hidden = false; });
    button.addEventListener('click', confirm);
  }

  begin();
})();
