//! Whose pages may use the gateway from other origins: those that it lets in for all, and those of each tenant.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::audience::Audience;
use crate::domain::clock::{Clock, UnixMillis};
use crate::domain::origins::{OriginPattern, Origins};
use crate::domain::tenants::TenantId;
use crate::store::TenantStore;

/// How long the tenants' origins are not looked up again.
const LOOKED_UP_FOR_MS: u64 = 5_000;

type OfTenants = Arc<Vec<(TenantId, Origins)>>;

/// The origins, of which the tenants' are looked up now and then.
pub struct Callers {
    /// Let in for all tenants.
    for_all: Origins,
    tenants: Arc<dyn TenantStore>,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<(UnixMillis, OfTenants)>>,
}

impl Callers {
    /// Those of the settings, and those that the tenants have.
    pub fn new(for_all: Origins, tenants: Arc<dyn TenantStore>, clock: Arc<dyn Clock>) -> Self {
        Self { for_all, tenants, clock, known: Mutex::default() }
    }

    fn known(&self) -> Option<(UnixMillis, OfTenants)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn of_tenants(&self) -> OfTenants {
        let now = self.clock.now();
        let known = self.known();
        if let Some((since, known)) = &known
            && now.abs_diff(*since) < LOOKED_UP_FOR_MS
        {
            return Arc::clone(known);
        }
        let Ok(tenants) = self.tenants.tenants().await else {
            // The store has logged why. What was known still holds.
            return known.map(|(_, known)| known).unwrap_or_default();
        };
        let with_origins = tenants.into_iter().filter(|tenant| !tenant.origins.is_empty());
        let found: OfTenants =
            Arc::new(with_origins.map(|tenant| (tenant.id, tenant.origins)).collect());
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((now, Arc::clone(&found)));
        found
    }

    /// Whether pages of this origin are let in, for whichever tenant: all that can be known before a credential is shown.
    pub async fn let_in(&self, origin: &str) -> bool {
        self.for_all.matches(origin)
            || self.of_tenants().await.iter().any(|(_, origins)| origins.matches(origin))
    }

    /// Whether pages of all these origins are let in for this tenant.
    pub async fn cover(&self, tenant: &TenantId, pages: &OriginPattern) -> bool {
        self.for_all.cover(pages) || {
            let known = self.of_tenants().await;
            known.iter().any(|(of, origins)| of == tenant && origins.cover(pages))
        }
    }

    /// Whether pages of this origin may use what is for this audience.
    pub async fn are_of(&self, audience: &Audience, origin: &str) -> bool {
        match audience {
            Audience::Pages(pages) => pages.matches(origin),
            Audience::Tenant(_) if self.for_all.matches(origin) => true,
            Audience::Tenant(id) => {
                let known = self.of_tenants().await;
                known.iter().any(|(of, origins)| of == id && origins.matches(origin))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::domain::actor::By;
    use crate::domain::tenants::{TenantChange, TenantRecord};
    use crate::store::StoreLimits;
    use crate::store::memory::MemoryStore;

    #[derive(Default)]
    struct Hands(AtomicU64);

    impl Clock for Hands {
        fn now(&self) -> UnixMillis {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn origins(texts: &[&str]) -> Origins {
        Origins::parse(texts).unwrap()
    }

    #[tokio::test]
    async fn each_tenant_has_its_own_besides_those_of_all() {
        let (store, clock) =
            (Arc::new(MemoryStore::new(StoreLimits::new(1, 1, 1))), Arc::new(Hands::default()));
        let shop: TenantId = "shop".parse().unwrap();
        let record = TenantRecord {
            origins: origins(&["https://shop.example"]),
            ..TenantRecord::new(shop.clone(), "The shop", 0)
        };
        store.add_tenant(record, By::command_line(0)).await.unwrap();
        let callers = Callers::new(
            origins(&["https://all.example"]),
            Arc::clone(&store) as _,
            Arc::clone(&clock) as _,
        );
        let of_shop = Audience::Tenant(shop.clone());
        let of_default = Audience::Tenant(TenantId::default());
        let of_page = Audience::Pages("https://shop.example".parse().unwrap());
        for (origin, let_in, expected) in [
            ("https://all.example", true, [true, true, false]),
            ("https://shop.example", true, [true, false, true]),
            ("https://other.example", false, [false; 3]),
        ] {
            assert_eq!(callers.let_in(origin).await, let_in, "{origin}");
            for (audience, expected) in [&of_shop, &of_default, &of_page].into_iter().zip(expected)
            {
                assert_eq!(callers.are_of(audience, origin).await, expected, "{audience} {origin}");
            }
        }
        // What is changed holds within five seconds.
        let change = TenantChange::SetOrigins(origins(&["https://new.example"]));
        store.change_tenant(&shop, vec![change], By::command_line(0)).await.unwrap();
        assert!(!callers.let_in("https://new.example").await);
        clock.0.store(LOOKED_UP_FOR_MS, Ordering::Relaxed);
        assert!(callers.let_in("https://new.example").await);
        assert!(!callers.let_in("https://shop.example").await);
    }
}
