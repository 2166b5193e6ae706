package conformance

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

type (
	outcome = paymentv1.Outcome
	result  = paymentv1.Result
)

const (
	captured       = paymentv1.Outcome_OUTCOME_CAPTURED
	authorized     = paymentv1.Outcome_OUTCOME_AUTHORIZED
	pending        = paymentv1.Outcome_OUTCOME_PENDING
	requiresAction = paymentv1.Outcome_OUTCOME_REQUIRES_ACTION
	declined       = paymentv1.Outcome_OUTCOME_DECLINED
	voided         = paymentv1.Outcome_OUTCOME_VOIDED
	expired        = paymentv1.Outcome_OUTCOME_EXPIRED
	notFound       = paymentv1.Outcome_OUTCOME_NOT_FOUND
	unknown        = paymentv1.Outcome_OUTCOME_UNKNOWN
)

var outcomesByName = map[string]outcome{
	"captured": captured, "authorized": authorized, "pending": pending, "requires_action": requiresAction, "declined": declined,
	"voided": voided, "expired": expired,
}

// nameOf writes an outcome as the scenario file does.
func nameOf(o outcome) string {
	return strings.ToLower(strings.TrimPrefix(o.String(), "OUTCOME_"))
}

// patience is how long a provider may take until its answer shows.
const patience = 8 * time.Second

// sale is one payment as the kit plays it.
type sale struct {
	k        *bench
	charge   Charge
	id, key  string
	ref      string
	order    string
	amount   *borderv1.Amount
	created  time.Time
	redirect string
}

// newSale prepares a payment of a charge.
func (k *bench) newSale(c Charge) *sale {
	id := strings.ToLower(rand.Text()[:20])
	s := &sale{k: k, charge: c, id: "pay_" + id, key: "key_" + id, order: "C-" + strings.ToUpper(id[:6]), created: time.Now()}
	s.amount = &borderv1.Amount{Minor: c.Amount, Currency: orElse(c.Currency, k.scenario.Payment.Currency)}
	if c.Amount == 0 {
		s.amount.Minor = k.scenario.Payment.Amount
	}
	return s
}

// saleOf prepares a payment by the scenario's recipe of a name.
func (k *bench) saleOf(name string) (*sale, bool) {
	c, ok := k.scenario.Payment.Outcomes[name]
	return k.newSale(c), ok
}

func (s *sale) payment() *paymentv1.Payment {
	return &paymentv1.Payment{Id: s.id, Ref: s.ref, MethodKind: s.charge.Method, Amount: s.amount, CreatedAt: timestamppb.New(s.created)}
}

const (
	returnURL  = "https://shop.example/checkout/return"
	webhookURL = "https://shop.example/webhooks/payment"
)

func (s *sale) request() *paymentv1.CreatePaymentRequest {
	home := &borderv1.Address{
		Name: "Rahima Khatun", Line1: "12 Lake Road", City: "Dhaka", PostalCode: "1209", Country: s.k.country(), Phone: "+8801700000000",
	}
	return &paymentv1.CreatePaymentRequest{
		Account: s.k.account(), Payment: s.payment(), IdempotencyKey: s.key, CaptureLater: s.charge.CaptureLater,
		MethodFields: maps.Clone(s.charge.Fields), OrderNumber: s.order, Locale: "en", ReturnUrl: returnURL, WebhookUrl: webhookURL,
		Buyer:           &paymentv1.Buyer{Name: home.GetName(), Email: "rahima@example.com", Phone: home.GetPhone(), Address: home},
		ShippingAddress: home,
	}
}

func (k *bench) country() string {
	if len(k.about.countries) > 0 {
		return k.about.countries[0]
	}
	return "BD"
}

// create calls CreatePayment and remembers the reference.
func (s *sale) create(ctx context.Context) (*result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := s.k.payments().CreatePayment(ctx, s.request())
	return s.note(answer, err)
}

func (s *sale) note(answer *paymentv1.ResultResponse, err error) (*result, error) {
	r := answer.GetResult()
	if err == nil && r.GetProviderRef() != "" {
		s.ref = r.GetProviderRef()
	}
	if url := r.GetNext().GetRedirect().GetUrl(); url != "" {
		s.redirect = url
	}
	return r, err
}

func (s *sale) get(ctx context.Context) (*result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := s.k.payments().GetPayment(ctx, &paymentv1.GetPaymentRequest{Account: s.k.account(), Payment: s.payment()})
	return s.note(answer, err)
}

func (s *sale) resume(ctx context.Context, params map[string]string) (*result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := s.k.payments().ContinuePayment(ctx, &paymentv1.ContinuePaymentRequest{
		Account: s.k.account(), Payment: s.payment(), IdempotencyKey: s.key + "_continue", Params: params,
	})
	return s.note(answer, err)
}

// capture takes part of the promise. One number gives one capture, however often it is called.
func (s *sale) capture(ctx context.Context, number int, minor int64, final bool) (*result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	id := fmt.Sprintf("cap_%s_%d", s.id, number)
	answer, err := s.k.payments().Capture(ctx, &paymentv1.CaptureRequest{
		Account: s.k.account(), Payment: s.payment(), CaptureId: id, IdempotencyKey: id, Amount: s.money(minor), Final: final,
	})
	return s.note(answer, err)
}

func (s *sale) void(ctx context.Context) (*result, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := s.k.payments().Void(ctx, &paymentv1.VoidRequest{Account: s.k.account(), Payment: s.payment(), IdempotencyKey: s.key + "_void"})
	return s.note(answer, err)
}

func (s *sale) money(minor int64) *borderv1.Amount {
	return &borderv1.Amount{Minor: minor, Currency: s.amount.GetCurrency()}
}

// vars are the variables of steps about this payment.
func (s *sale) vars() vars {
	mode := orElse(s.k.scenario.Account.Mode, "test")
	v := s.k.vars.with(map[string]string{
		"tenant": s.k.tenant, "mode": mode, "payment_id": s.id, "payment_ref": s.ref, "order_number": s.order,
		"amount": strconv.FormatInt(s.amount.GetMinor(), 10), "amount_decimal": decimal(s.amount.GetMinor(), s.amount.GetCurrency()),
		"currency": s.amount.GetCurrency(), "redirect_url": s.redirect, "return_url": returnURL, "webhook_url": webhookURL,
		"refund_id": "", "refund_ref": "", "refund_amount": "", "refund_amount_decimal": "", "idempotency_key": s.key,
	})
	for name, value := range s.k.scenario.Account.Secrets {
		v["secret."+name] = value
	}
	return v
}

// books is what a fake provider really did.
type books struct {
	Charges   int   `json:"charges"`
	Captured  int64 `json:"captured"`
	Refunded  int64 `json:"refunded"`
	Bookings  int   `json:"bookings"`
	Cancelled int   `json:"cancelled"`
}

func (k *bench) ask(ctx context.Context, r *Request, v vars) (books, error) {
	b := books{}
	_, body, err := k.steps.send(ctx, *r, v)
	if err == nil {
		err = json.Unmarshal(body, &b)
	}
	if err != nil {
		return b, fmt.Errorf("ask the provider's books: %w", err)
	}
	return b, nil
}

// booked compares the provider's own books with what should have happened once; without books it believes the plugin.
func (s *sale) booked(ctx context.Context, taken, back int64) error {
	ask := s.k.scenario.Payment.Books
	if ask == nil {
		return nil
	}
	b, err := s.k.ask(ctx, ask, s.vars())
	switch {
	case err != nil:
		return err
	case b.Charges != 1:
		return fmt.Errorf("the provider's books hold %d charges for one payment: forward the idempotency key to the provider", b.Charges)
	case b.Captured != taken:
		return fmt.Errorf("the provider's books say %d was captured instead of %d", b.Captured, taken)
	case b.Refunded != back:
		return fmt.Errorf("the provider's books say %d was refunded instead of %d", b.Refunded, back)
	}
	return nil
}

// bring makes a payment with the outcome of a name, also by the shopper's steps.
func (k *bench) bring(ctx context.Context, name string) (*sale, *result, error) {
	s, ok := k.saleOf(name)
	if !ok {
		return nil, nil, na("the scenario file names no payment.outcomes.%s", name)
	}
	r, err := s.arrive(ctx, outcomesByName[name])
	return s, r, err
}

// arrive creates the payment and takes it to an outcome.
func (s *sale) arrive(ctx context.Context, want outcome) (*result, error) {
	if _, err := s.k.steps.play(ctx, s.charge.Before, s.vars()); err != nil {
		return nil, err
	}
	r, err := s.create(ctx)
	if err != nil {
		return nil, fmt.Errorf("CreatePayment answered %s instead of %s", words(err), nameOf(want))
	}
	if err := s.honest("CreatePayment", r); err != nil {
		return nil, err
	}
	if r.GetOutcome() == want {
		return r, nil
	}
	waiting := r.GetOutcome() == requiresAction || r.GetOutcome() == pending
	if !waiting || len(s.charge.Shopper)+len(s.charge.Params) == 0 {
		return nil, fmt.Errorf("CreatePayment answered %s%s instead of %s", nameOf(r.GetOutcome()), because(r), nameOf(want))
	}
	return s.shop(ctx, want)
}

// shop plays the shopper and continues until the outcome shows.
func (s *sale) shop(ctx context.Context, want outcome) (*result, error) {
	params, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.resume(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("ContinuePayment answered %s", words(err))
	}
	if r.GetOutcome() == want {
		return r, s.honest("ContinuePayment", r)
	}
	return s.await(ctx, want)
}

// act plays the shopper's steps and returns what the shopper comes back with.
func (s *sale) act(ctx context.Context) (map[string]string, error) {
	params, err := s.k.steps.play(ctx, s.charge.Shopper, s.vars())
	if err != nil {
		return nil, err
	}
	given, err := s.vars().table(s.charge.Params)
	maps.Copy(params, given)
	return params, err
}

// await asks GetPayment until it says so.
func (s *sale) await(ctx context.Context, want outcome) (r *result, err error) {
	err = eventually(ctx, patience, func() error {
		r, err = s.get(ctx)
		if err != nil {
			return fmt.Errorf("GetPayment answered %s instead of %s", words(err), nameOf(want))
		}
		if r.GetOutcome() != want {
			return fmt.Errorf("GetPayment answered %s%s instead of %s", nameOf(r.GetOutcome()), because(r), nameOf(want))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, s.honest("GetPayment", r)
}

func because(r *result) string {
	if r.GetCode() == "" && r.GetMessage() == "" {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", r.GetCode(), r.GetMessage())
}

// paid makes a captured payment, directly or by capturing an authorised one.
func (k *bench) paid(ctx context.Context) (*sale, error) {
	if _, ok := k.scenario.Payment.Outcomes["captured"]; ok {
		s, _, err := k.bring(ctx, "captured")
		return s, err
	}
	s, _, err := k.bring(ctx, "authorized")
	if err != nil {
		return nil, err
	}
	return s, s.captureAll(ctx)
}

func (s *sale) captureAll(ctx context.Context) error {
	r, err := s.capture(ctx, 1, s.amount.GetMinor(), true)
	if err != nil {
		return fmt.Errorf("Capture of the whole amount answered %s", words(err))
	}
	return s.total("Capture of the whole amount", r, s.amount.GetMinor(), 0)
}
