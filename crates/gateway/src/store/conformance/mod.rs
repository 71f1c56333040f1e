//! What every store has to do, with time as an argument: functions over a store, run for each of them by
//! [`conformance!`].

pub mod audit;
pub mod bounds;
pub mod claims;
pub mod crops;
pub mod harness;
pub mod keys;
pub mod tenants;
pub mod videos;

/// Runs all rules for the stores that an expression of type `fn(StoreLimits) -> Made<_>` makes; none of them where a store
/// needs what is not available.
macro_rules! conformance {
    ($make:expr) => {
        $crate::store::conformance::conformance! { $make, if true }
    };
    ($make:expr, if $available:expr) => {
        $crate::store::conformance::conformance! { $make, if $available;
            crops::a_session_is_opened_once,
            crops::all_terms_are_kept,
            crops::what_is_said_of_a_picture_is_kept_with_it_and_counted,
            crops::crops_are_kept_once,
            crops::the_first_crop_of_a_higher_run_drops_all_of_lower_ones,
            crops::an_undecided_session_can_be_given_back,
            crops::sessions_expire_and_are_forgotten,
            crops::sweeping_expires_what_nobody_asks_for,
            crops::prints_are_known_again_from_other_sessions_for_a_time,
            crops::prints_are_bounded_and_the_oldest_go,
            claims::a_claim_is_for_one_run,
            claims::one_claim_at_a_time_and_one_verdict,
            claims::one_of_many_claims_at_once_is_granted,
            claims::a_check_that_failed_for_good_stays_failed,
            claims::verdicts_stay_for_the_retention,
            claims::a_verdict_is_used_once,
            claims::a_lapsed_claim_leaves_the_session_open,
            claims::a_check_that_was_not_made_can_be_asked_for_again_while_the_token_holds,
            claims::a_lapsed_claim_of_a_paid_check_is_a_lost_verdict,
            claims::a_verdict_counts_until_somebody_has_seen_the_claim_lapse,
            claims::whoever_has_lost_a_claim_cannot_decide,
            bounds::only_sessions_with_crops_take_places,
            bounds::bytes_of_crops_are_bounded,
            bounds::whoever_takes_all_it_can_leaves_as_much_for_others,
            bounds::a_back_ends_session_outlasts_those_of_clients_without_a_key,
            bounds::one_tenant_does_not_end_others_empty_sessions,
            bounds::several_empty_sessions_go_at_once,
            bounds::what_has_ended_is_bounded_too,
            bounds::all_that_is_forgotten_early_is_said_in_the_end,
            keys::a_key_is_kept_whole,
            keys::changes_stay,
            keys::keys_are_listed_as_they_were_made,
            videos::a_video_waits_when_all_of_it_is_there,
            videos::a_claim_that_is_extended_holds_as_it_says,
            tenants::tenants_are_kept_and_changed,
            tenants::a_paid_verdict_is_charged_once,
            audit::what_is_done_is_in_the_log_with_who_did_it,
            audit::the_end_of_a_check_is_in_the_log_once,
            audit::entries_that_come_at_once_make_one_chain,
            audit::entries_are_forgotten_after_their_time_and_the_chain_still_holds,
            bounds::the_sums_are_right_after_any_sequence_of_operations,
        }
    };
    ($make:expr, if $available:expr; $($module:ident::$rule:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                if $available {
                    $crate::store::conformance::$module::$rule($make).await;
                }
            }
        )+
    };
}
pub(crate) use conformance;
