package main

import (
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

// webhookSecret is the one secret field of the settings.
const webhookSecret = "webhook_secret"

type settings struct {
	SettleMS         *int `json:"settle_ms"`
	AnswerDelayMinMS int  `json:"answer_delay_min_ms"`
	AnswerDelayMaxMS int  `json:"answer_delay_max_ms"`
	WebhookCopies    int  `json:"webhook_copies"`
	WebhookDelayMS   int  `json:"webhook_delay_ms"`
}

// read decodes and checks an account's settings. Errors: Misconfigured.
func read(account sdk.Account) (settings, error) {
	var s settings
	if err := account.Decode(&s); err != nil {
		return s, err
	}
	if secret := account.Secrets[webhookSecret]; secret != "" {
		if err := bank.CheckSecret(secret); err != nil {
			return s, sdk.Misconfigured(webhookSecret, err.Error())
		}
	}
	switch {
	case s.SettleMS != nil && !within(*s.SettleMS, 86_400_000):
		return s, sdk.Misconfigured("settle_ms", "must be between 0 and 86400000")
	case !within(s.AnswerDelayMaxMS, 60_000):
		return s, sdk.Misconfigured("answer_delay_max_ms", "must be between 0 and 60000")
	case !within(s.AnswerDelayMinMS, s.AnswerDelayMaxMS):
		return s, sdk.Misconfigured("answer_delay_min_ms", "must be between 0 and the longest delay")
	case !within(s.WebhookCopies, 5):
		return s, sdk.Misconfigured("webhook_copies", "must be between 1 and 5")
	case !within(s.WebhookDelayMS, 600_000):
		return s, sdk.Misconfigured("webhook_delay_ms", "must be between 0 and 600000")
	}
	return s, nil
}

func within(n, limit int) bool { return n >= 0 && n <= limit }

func (s settings) terms() journal.Terms {
	t := journal.Terms{
		Settle: bank.Settle, WebhookCopies: s.WebhookCopies, WebhookDelay: time.Duration(s.WebhookDelayMS) * time.Millisecond,
	}
	if s.SettleMS != nil {
		t.Settle = time.Duration(*s.SettleMS) * time.Millisecond
	}
	return t
}

// delay is how long an answer about a payment takes, the same for the same key.
func (s settings) delay(key string) time.Duration {
	return bank.Between(key, time.Duration(s.AnswerDelayMinMS)*time.Millisecond, time.Duration(s.AnswerDelayMaxMS)*time.Millisecond)
}
