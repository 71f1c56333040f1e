use super::super::audit_chain::{Break, Chain, Forgotten, Held};
use super::*;
use crate::domain::keys::{KeyTerms, NewKey};

fn deed(number: u64) -> Deed {
    let asked = Asked {
        id: Uuid::from_u128(u128::from(number)),
        by_client: number.is_multiple_of(2),
        tenant: TenantId::default(),
        model: "local-1-10".to_owned(),
        credits: 1,
        bg_segmentation: None,
    };
    Deed::check_failed(&asked, ErrorCode::UpstreamUnavailable, number * HOUR_MS)
}

fn chain(length: u64) -> Vec<AuditEntry> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    for number in 0..length {
        let head = entries.last().map_or_else(Head::default, AuditEntry::head);
        entries.push(AuditEntry::after(head, &deed(number)));
    }
    entries
}

fn verify(entries: &[AuditEntry], noted: Option<Head>) -> Result<Held, Break> {
    let mut chain = Chain::new(noted);
    entries.iter().try_for_each(|entry| chain.check(entry))?;
    chain.end()
}

fn held(entries: &[AuditEntry]) -> Held {
    let head = entries.last().map_or_else(Head::default, AuditEntry::head);
    Held { head, entries: entries.len() as u64, forgotten: None, gone: None }
}

#[test]
fn a_chain_that_nobody_touched_holds() {
    let entries = chain(5);
    assert_eq!(verify(&entries, None), Ok(held(&entries)));
    assert_eq!(verify(&[], None), Ok(held(&[])));
    for noted in &entries {
        let head = noted.head().to_string().parse().unwrap();
        assert_eq!(verify(&entries, Some(head)), Ok(held(&entries)));
    }
    // A log that had nothing in it yet.
    for entries in [&entries[..], &[]] {
        assert_eq!(verify(entries, Some(Head::default())), Ok(held(entries)));
    }
    assert_eq!(verify(&[], Some(entries[0].head())), Err(Break::Noted(1)));
}

#[test]
fn every_change_of_an_entry_is_found_where_it_is() {
    let changes: [fn(&mut AuditEntry); 6] = [
        |entry| entry.at += 1,
        |entry| entry.actor.push('x'),
        |entry| entry.action = "key.created".into(),
        |entry| entry.object.push('0'),
        |entry| entry.details = entry.details.replace("default", "defaulT"),
        |entry| entry.hash.0[31] ^= 1,
    ];
    for (which, change) in changes.iter().enumerate() {
        let mut entries = chain(5);
        change(&mut entries[2]);
        assert_eq!(verify(&entries, None), Err(Break::Changed(3)), "{which}");
    }
    // What moves from one text to the next is a change as well.
    let mut entries = chain(1);
    let moved = entries[0].object.split_off(1);
    entries[0].details.insert_str(0, &moved);
    assert_eq!(verify(&entries, None), Err(Break::Changed(1)));
}

#[test]
fn a_chain_made_anew_from_the_change_on_is_told_by_what_was_noted() {
    let entries = chain(5);
    let noted = entries[4].head();
    let mut forged = entries.clone();
    forged[2].details = "{}".into();
    forged[2].hash = forged[2].computed();
    assert_eq!(verify(&forged, None), Err(Break::Apart(4)));
    for at in 3..5 {
        forged[at].previous = forged[at - 1].hash;
        forged[at].hash = forged[at].computed();
    }
    assert!(verify(&forged, None).is_ok(), "which the chain alone cannot show");
    assert_eq!(verify(&forged, Some(noted)), Err(Break::Noted(5)));
    assert!(verify(&entries[..4], None).is_ok(), "nor that its end is gone");
    assert_eq!(verify(&entries[..4], Some(noted)), Err(Break::Noted(5)));
}

#[test]
fn what_is_missing_is_named_unless_an_entry_says_that_it_was_forgotten() {
    let mut entries = chain(5);
    let missing = entries.remove(2);
    assert_eq!(verify(&entries, None), Err(Break::Missing { missing: 3, found: 4 }));
    entries.insert(2, missing);
    let kept = entries.split_off(2);
    assert_eq!(verify(&kept, None), Err(Break::Beginning(3)));
    let by = By::gateway(9);
    let mut trimmed = kept.clone();
    trimmed.push(AuditEntry::after(kept[2].head(), &Deed::trimmed(entries[1].head(), by)));
    let forgotten = Some(Forgotten { until: 2, by: 6, at: 9 });
    let left = Held { forgotten, ..held(&trimmed) };
    assert_eq!(verify(&trimmed, None), Ok(left));
    // The last that was forgotten is known by its hash; what was before it could have been any log's.
    let (first, last) = (entries[0].head(), entries[1].head());
    assert_eq!(verify(&trimmed, Some(last)), Ok(left));
    assert_eq!(verify(&trimmed, Some(Head::default())), Ok(left), "noted when there was none");
    let another = |head| Head { hash: AuditHash([7; 32]), ..head };
    assert_eq!(verify(&trimmed, Some(another(last))), Err(Break::Noted(2)));
    for noted in [first, another(first)] {
        assert_eq!(verify(&trimmed, Some(noted)), Ok(Held { gone: Some(1), ..left }));
    }
    // More is forgotten while it is read, after what goes has been.
    let mut overtaken = trimmed.clone();
    overtaken.push(AuditEntry::after(trimmed[3].head(), &Deed::trimmed(kept[1].head(), by)));
    assert_eq!(verify(&overtaken, None), Ok(Held { forgotten, ..held(&overtaken) }));
    let other = Head { hash: AuditHash([7; 32]), ..entries[1].head() };
    let mut forged = kept;
    forged.push(AuditEntry::after(forged[2].head(), &Deed::trimmed(other, by)));
    assert_eq!(verify(&forged, None), Err(Break::Beginning(3)));
}

#[test]
fn hashes_and_heads_are_written_and_read() {
    let hash = AuditHash(std::array::from_fn(|at| at as u8 * 8));
    assert_eq!(hash.to_string().parse(), Ok(hash));
    let (long, short, sign) = ("0".repeat(65), "0".repeat(63), format!("+{}", "0".repeat(63)));
    for text in ["", &long, &short, &sign, &"\u{e9}".repeat(32)] {
        assert_eq!(text.parse::<AuditHash>(), Err(AuditHashError), "{text}");
    }
    for text in ["", "1", ":", "1:00", &format!("x:{hash}")] {
        assert!(text.parse::<Head>().is_err(), "{text}");
    }
}

#[test]
fn what_says_nothing_about_trust_has_no_entry() {
    let by = By::gateway(3);
    let mut record = NewKey::make(KeyTerms::default(), 0).unwrap().record;
    assert_eq!(Deed::key_changed(&record, KeyChange::Use { at: 1 }, by), None);
    let revoke = KeyChange::Revoke { at: 1 };
    assert_eq!(Deed::key_changed(&record, revoke, by).unwrap().action, Action::KeyRevoked);
    record.apply(revoke);
    assert_eq!(Deed::key_changed(&record, revoke, by), None, "it was before");
    let tenant = TenantRecord::new(TenantId::default(), "n", 0);
    assert_eq!(Deed::tenant_changed(&tenant, &[TenantChange::Charge(2)], by), None);
    let changes = [TenantChange::Charge(1), TenantChange::Suspend(true)];
    assert_eq!(Deed::tenant_changed(&tenant, &changes, by).unwrap().action, Action::TenantChanged);
}

#[test]
fn checks_are_counted_by_how_they_ended() {
    let outcome = deed(5).outcome().unwrap();
    let expected =
        HourlyOutcome { hour: 5, tenant: "default".into(), outcome: "upstream_unavailable".into() };
    assert_eq!(outcome, expected);
    assert_eq!(AuditEntry::after(Head::default(), &deed(5)).outcome(), Some(expected));
    assert_eq!(Deed::signed(Action::SignedIn, By::server_key(0)).outcome(), None);
}
