use std::collections::HashSet;

use super::*;

fn terms() -> KeyTerms {
    KeyTerms { name: "shop".into(), ..KeyTerms::default() }
}

fn sent(text: &SecretString) -> SentKey {
    let Some(Ok(sent)) = SentKey::read(text.expose_secret()) else { panic!("not a key") };
    sent
}

#[test]
fn a_key_opens_what_it_was_made_for() {
    let tenant: TenantId = "shop".parse().unwrap();
    let terms = KeyTerms {
        tenant: tenant.clone(),
        scopes: [Scope::SessionRead].into_iter().collect(),
        ..terms()
    };
    let NewKey { record, text } = NewKey::make(terms, 0).unwrap();
    let admit = |scope| admit(&sent(&text), Some(&record), scope, 0);
    let holder = KeyHolder { tenant, key: Some(record.id) };
    assert_eq!(admit(Some(Scope::SessionRead)), Ok(holder.clone()));
    assert_eq!(admit(None), Ok(holder));
    assert_eq!(admit(Some(Scope::SessionWrite)), Err(KeyRefusal::LacksScope(Scope::SessionWrite)));
}

#[test]
fn every_changed_character_is_refused() {
    let NewKey { record, text } = NewKey::make(terms(), 0).unwrap();
    let text = text.expose_secret();
    assert!(text.len() == 4 + 16 + 1 + 43 && text.is_ascii());
    for at in PREFIX.len()..text.len() {
        for other in [b'0', b'1', b'A', b'_', b'-'] {
            let mut bytes = text.as_bytes().to_vec();
            if bytes[at] == other {
                continue;
            }
            bytes[at] = other;
            let changed = String::from_utf8(bytes).unwrap();
            let refused = match SentKey::read(&changed).unwrap() {
                // One with another id is looked up under that, and not found.
                Ok(sent) if sent.id != record.id => admit(&sent, None, None, 0),
                Ok(sent) => admit(&sent, Some(&record), None, 0),
                Err(refusal) => Err(refusal),
            };
            assert_eq!(refused, Err(KeyRefusal::Invalid), "{at}");
        }
    }
    // The secret of one id opens no other.
    let other = KeyRecord { id: KeyId(record.id.0 ^ 1), ..record.clone() };
    let moved = text.replace(&record.id.to_string(), &other.id.to_string());
    assert_eq!(admit(&sent(&moved.into()), Some(&other), None, 0), Err(KeyRefusal::Invalid));
}

#[test]
fn what_begins_like_a_key_is_meant_as_one() {
    let NewKey { text, .. } = NewKey::make(terms(), 0).unwrap();
    let text = text.expose_secret();
    for other in ["", "lvk", "server-key", "Lvk_0", "1764406800.abc", &text[1..]] {
        assert!(SentKey::read(other).is_none(), "{other}");
    }
    let [short, long] = [&text[..text.len() - 1], &format!("{text}AAAA")].map(str::to_owned);
    let upper = text.to_uppercase().replacen("LVK", "lvk", 1);
    let padded = format!("{text}=");
    let endless = format!("lvk_0123456789abcdef_{}", "A".repeat(100_000));
    for broken in ["lvk_", "lvk__", "lvk_0_0", &short, &long, &upper, &padded, &endless] {
        assert!(matches!(SentKey::read(broken), Some(Err(KeyRefusal::Invalid))), "{broken}");
    }
}

#[test]
fn a_key_ends() {
    let terms = KeyTerms { expires_at: Some(1000), ..terms() };
    let NewKey { mut record, text } = NewKey::make(terms, 0).unwrap();
    let sent = sent(&text);
    assert!(admit(&sent, Some(&record), None, 999).is_ok());
    assert_eq!(admit(&sent, Some(&record), None, 1000), Err(KeyRefusal::Invalid));
    record.apply(KeyChange::Revoke { at: 500 });
    assert_eq!(admit(&sent, Some(&record), None, 600), Err(KeyRefusal::Invalid));
    record.apply(KeyChange::Revoke { at: 700 });
    assert_eq!(record.revoked_at, Some(500), "since when stays known");
}

#[test]
fn a_rotated_key_has_two_secrets_for_a_while() {
    let NewKey { mut record, text } = NewKey::make(terms(), 0).unwrap();
    let rotate = |record: &mut KeyRecord, until| {
        let (hash, text) = new_secret(record.id).unwrap();
        record.apply(KeyChange::Rotate { hash, until });
        sent(&text)
    };
    let first = sent(&text);
    let second = rotate(&mut record, 100);
    for (key, now, fine) in
        [(&first, 99, true), (&first, 100, false), (&second, 0, true), (&second, 100, true)]
    {
        assert_eq!(admit(key, Some(&record), None, now).is_ok(), fine, "{now}");
    }
    // At the next rotation the first is gone, whatever time it had left.
    let third = rotate(&mut record, 200);
    for (key, fine) in [(&first, false), (&second, true), (&third, true)] {
        assert_eq!(admit(key, Some(&record), None, 50).is_ok(), fine);
    }
    record.apply(KeyChange::Revoke { at: 60 });
    for key in [&first, &second, &third] {
        assert_eq!(admit(key, Some(&record), None, 60), Err(KeyRefusal::Invalid));
    }
}

#[test]
fn a_use_is_noted_once_a_minute() {
    let NewKey { mut record, .. } = NewKey::make(terms(), 0).unwrap();
    assert!(record.use_counts(5));
    record.apply(KeyChange::Use { at: 5 });
    assert!(!record.use_counts(60_004) && record.use_counts(60_005));
    record.apply(KeyChange::Use { at: 3 });
    assert_eq!(record.last_used_at, Some(5), "the later one stays");
}

#[test]
fn every_refusal_has_its_code() {
    let invalid = ApiError::from(KeyRefusal::Invalid);
    assert_eq!((invalid.code, invalid.required_scope), (ErrorCode::InvalidKey, None));
    for &scope in Scope::ALL {
        let lacking = ApiError::from(KeyRefusal::LacksScope(scope));
        assert_eq!(lacking.code, ErrorCode::InsufficientScope);
        assert_eq!(lacking.required_scope, Some(scope.as_str()));
        assert_eq!(lacking.message, format!("API key lacks required scope: {scope}"));
    }
}

#[test]
fn keys_differ_and_are_not_shown() {
    let keys: Vec<NewKey> = (0..50).map(|_| NewKey::make(terms(), 0).unwrap()).collect();
    let ids: HashSet<KeyId> = keys.iter().map(|key| key.record.id).collect();
    let secrets: HashSet<&str> =
        keys.iter().map(|key| key.text.expose_secret().splitn(3, '_').last().unwrap()).collect();
    assert_eq!((ids.len(), secrets.len()), (50, 50));
    let NewKey { record, text } = &keys[0];
    let shown = format!("{record:?} {text:?}");
    assert!(!shown.contains(text.expose_secret()) && shown.contains("KeyHash(..)"), "{shown}");
    assert_eq!(record.id.to_string().parse(), Ok(record.id));
    for text in ["", "0123456789abcde", "0123456789abcdeF", "+123456789abcdef"] {
        assert_eq!(text.parse::<KeyId>(), Err(KeyIdError));
    }
}
