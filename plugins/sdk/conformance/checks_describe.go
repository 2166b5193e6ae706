package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

var describeChecks = []check{
	{name: "describe.self", title: "Says who it is", run: saysWhoItIs},
	{name: "describe.schema", title: "Its settings have a valid JSON Schema", run: schemaHolds},
	{name: "describe.capabilities", title: "Declares what it can, no more and no less", run: declaresTruly},
	{name: "config.good", title: "Accepts the settings of the scenario", run: acceptsGood},
	{name: "config.bad", title: "Refuses wrong settings", run: refusesBad},
	{name: "config.revision", title: "Serves each account with its own settings", cases: []int{23}, run: keepsAccountsApart},
}

var (
	namePattern     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	semverPattern   = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	countryPattern  = regexp.MustCompile(`^[A-Z]{2}$`)
)

func saysWhoItIs(ctx context.Context, k *bench) error {
	a := k.about
	switch {
	case !namePattern.MatchString(a.name):
		return fmt.Errorf("its name is %q: use lower-case letters, digits and single dashes", a.name)
	case strings.HasPrefix(k.target.label, k.kind+"-") && k.target.label != k.kind+"-"+a.name:
		return fmt.Errorf("its name is %q, but the file is %s: the platform starts only %s-%s", a.name, k.target.label, k.kind, a.name)
	case !semverPattern.MatchString(a.version):
		return fmt.Errorf("its version is %q, which is not a semantic version such as 1.0.0", a.version)
	}
	if i := slices.IndexFunc(a.currencies, func(c string) bool { return !currencyPattern.MatchString(c) }); i >= 0 {
		return fmt.Errorf("%q is not a currency of ISO 4217", a.currencies[i])
	}
	if i := slices.IndexFunc(a.countries, func(c string) bool { return !countryPattern.MatchString(c) }); i >= 0 {
		return fmt.Errorf("%q is not a country of ISO 3166-1 alpha-2", a.countries[i])
	}
	since := time.Now()
	mine, err := k.describe(ctx, k.account())
	k.figures.RoundTripMic = time.Since(since).Microseconds()
	if err != nil {
		return fmt.Errorf("Describe for the account of the scenario answered %s", words(err))
	}
	if k.kind == sdk.KindPayment {
		return k.offers(mine.payment)
	}
	return nil
}

// offers checks the ways to pay of an account.
func (k *bench) offers(d *paymentv1.DescribeResponse) error {
	kinds := map[string]bool{}
	for _, m := range d.GetMethods() {
		if m.GetKind() == "" || m.GetName() == "" || kinds[m.GetKind()] {
			return fmt.Errorf("the method %q has no kind, no name, or is there twice", m.GetKind())
		}
		kinds[m.GetKind()] = true
	}
	for name, c := range k.scenario.Payment.Outcomes {
		if !kinds[c.Method] {
			return fmt.Errorf("the scenario pays by %q for %s, but Describe offers %v", c.Method, name, slices.Sorted(maps.Keys(kinds)))
		}
	}
	for _, l := range d.GetLimits() {
		if !currencyPattern.MatchString(l.GetCurrency()) || l.GetMin() < 0 || l.GetMax() != 0 && l.GetMax() < l.GetMin() {
			return fmt.Errorf("its limit for %q is from %d to %d", l.GetCurrency(), l.GetMin(), l.GetMax())
		}
	}
	return nil
}

// schemaHolds validates the schema, and the scenario's settings by it.
func schemaHolds(_ context.Context, k *bench) error {
	if k.about.schema == "" {
		if len(k.scenario.Account.Secrets) > 0 {
			return errors.New("it has secrets but no config_schema, so no vendor could give them")
		}
		return na("it has no settings")
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(k.about.schema))
	if err != nil {
		return fmt.Errorf("config_schema is not JSON: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("config.json", doc); err != nil {
		return fmt.Errorf("config_schema: %w", err)
	}
	schema, err := c.Compile("config.json")
	if err != nil {
		return fmt.Errorf("config_schema is not a JSON Schema: %w", err)
	}
	if err := k.namesSecrets(doc); err != nil {
		return err
	}
	return k.fits(schema)
}

func (k *bench) namesSecrets(doc any) error {
	root, _ := doc.(map[string]any)
	if root["type"] != "object" {
		return errors.New(`config_schema must have "type": "object"`)
	}
	properties, _ := root["properties"].(map[string]any)
	for name := range k.scenario.Account.Secrets {
		property, _ := properties[name].(map[string]any)
		if property["writeOnly"] != true {
			return fmt.Errorf(`the scenario has the secret %s, but config_schema has no property of that name with "writeOnly": true`, name)
		}
	}
	for name, property := range properties {
		if of, _ := property.(map[string]any); of["title"] == nil && of["description"] == nil {
			return fmt.Errorf("the property %s of config_schema has neither a title nor a description for the vendor's form", name)
		}
	}
	return nil
}

// fits validates settings and secrets together, as a form would send them.
func (k *bench) fits(schema *jsonschema.Schema) error {
	rendered, err := k.vars.json(k.scenario.Account.Config)
	if err != nil {
		return err
	}
	if len(rendered) == 0 {
		rendered = json.RawMessage("{}")
	}
	config, err := jsonschema.UnmarshalJSON(bytes.NewReader(rendered))
	if err != nil {
		return err
	}
	form, ok := config.(map[string]any)
	if !ok {
		return errors.New("account.config of the scenario is not a JSON object")
	}
	for name, value := range k.scenario.Account.Secrets {
		form[name] = value
	}
	if err := schema.Validate(form); err != nil {
		return fmt.Errorf("the settings of the scenario do not fit config_schema: %w", err)
	}
	return nil
}

// declaresTruly calls what may be unsupported.
func declaresTruly(ctx context.Context, k *bench) error {
	if err := k.consistent(); err != nil {
		return err
	}
	for _, o := range k.optional() {
		err := o.call(ctx)
		supported := !refused(err, sdk.FaultUnsupported)
		switch {
		case o.declared && !supported:
			return fmt.Errorf("it declares %s but answers UNSUPPORTED", o.name)
		case !o.declared && supported:
			return fmt.Errorf("it does not declare %s, so it must answer KIND_UNSUPPORTED and not %s", o.name, words(err))
		}
	}
	return nil
}

func (k *bench) consistent() error {
	c := k.can()
	switch {
	case c.GetPartialRefund() && !c.GetRefund():
		return errors.New("it declares partial_refund without refund")
	case c.GetMultipleCaptures() && !c.GetPartialCapture():
		return errors.New("it declares multiple_captures without partial_capture")
	case c.GetPartialCapture() && !c.GetAuthorize():
		return errors.New("it declares partial_capture without authorize")
	}
	return nil
}

// operation is one that a plugin need not offer.
type operation struct {
	name     string
	declared bool
	call     func(ctx context.Context) error
}

func (k *bench) optional() []operation {
	hook := &borderv1.WebhookRequest{Account: k.account(), Method: "POST", Url: webhookURL, Body: []byte("{}")}
	validate := operation{"validate_config", k.about.validates, func(ctx context.Context) error { return k.validate(ctx, k.account()) }}
	if k.kind == sdk.KindPayment {
		s := k.newSale(Charge{})
		return []operation{validate, {"webhooks", k.about.webhooks, func(ctx context.Context) error {
			_, err := k.payments().ParseWebhook(ctx, hook)
			return err
		}}, {"update", k.can().GetUpdate(), func(ctx context.Context) error {
			_, err := k.payments().UpdatePayment(ctx, &paymentv1.UpdatePaymentRequest{Account: k.account(), Payment: s.payment(), IdempotencyKey: s.key})
			return err
		}}}
	}
	books := k.about.shipping.GetBooks()
	return []operation{validate, {"webhooks", k.about.webhooks, func(ctx context.Context) error {
		_, err := k.shipments().ParseWebhook(ctx, hook)
		return err
	}}, {"books (Track)", books, func(ctx context.Context) error {
		_, err := k.shipments().Track(ctx, &shippingv1.TrackRequest{Account: k.account(), BookingId: "bk_never"})
		return err
	}}, {"books (CancelBooking)", books, func(ctx context.Context) error {
		_, err := k.shipments().CancelBooking(ctx, &shippingv1.CancelBookingRequest{Account: k.account(), BookingId: "bk_never", IdempotencyKey: "bk_never"})
		return err
	}}, {"books (GetDocuments)", books, func(ctx context.Context) error {
		_, err := k.shipments().GetDocuments(ctx, &shippingv1.GetDocumentsRequest{Account: k.account(), BookingId: "bk_never"})
		return err
	}}}
}

func acceptsGood(ctx context.Context, k *bench) error {
	if !k.about.validates {
		return na("it does not declare validate_config")
	}
	if err := k.validate(ctx, k.account()); err != nil {
		return fmt.Errorf("ValidateConfig answered %s", words(err))
	}
	return nil
}

func refusesBad(ctx context.Context, k *bench) error {
	if len(k.scenario.BadAccounts) == 0 {
		return missing(k.about.validates, "validate_config", "bad_accounts")
	}
	if !k.about.validates {
		return na("it does not declare validate_config")
	}
	for _, b := range k.scenario.BadAccounts {
		a, err := k.bad(b)
		if err != nil {
			return err
		}
		err = k.validate(ctx, a)
		f, ok := sdk.FaultFromStatus(err)
		switch {
		case err == nil:
			return fmt.Errorf("ValidateConfig accepts an account with %s", b.Why)
		case !ok || f.Kind != sdk.FaultMisconfigured:
			return fmt.Errorf("ValidateConfig of an account with %s answered %s instead of MISCONFIGURED", b.Why, words(err))
		case len(f.Fields) == 0 || f.Fields[0].Path == "" || f.Fields[0].Message == "":
			return fmt.Errorf("ValidateConfig of an account with %s names no field, so no form can show the mistake", b.Why)
		}
	}
	return nil
}

// keepsAccountsApart uses a wrong account between two right ones: settings of one call must not serve another.
func keepsAccountsApart(ctx context.Context, k *bench) error {
	if len(k.scenario.BadAccounts) == 0 {
		return na("the scenario file names no bad_accounts")
	}
	if err := k.works(ctx); err != nil {
		return err
	}
	for _, b := range k.scenario.BadAccounts {
		if b.Usable {
			continue
		}
		a, err := k.bad(b)
		if err != nil {
			return err
		}
		if err := k.worksNot(ctx, a, b.Why); err != nil {
			return err
		}
	}
	return k.works(ctx)
}
