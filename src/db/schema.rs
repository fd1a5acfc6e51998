//! The tables as the migrations leave them. Generated: `UPDATE_SCHEMA=1 cargo test schema_rs` writes it anew.
#![expect(missing_docs, reason = "the migrations say what each column is")]

diesel::table! {
    access_records (id) {
        id -> Uuid,
        account_id -> Uuid,
        document_id -> Uuid,
        kind -> Text,
        subject_kind -> Text,
        subject_id -> Uuid,
        stretch -> Timestamptz,
        read_at -> Timestamptz,
    }
}

diesel::table! {
    accounts (id) {
        id -> Uuid,
        display_name -> Text,
        email_sealed -> Nullable<Bytea>,
        email_hash -> Nullable<Bytea>,
        language -> Text,
        disabled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        bounced_at -> Nullable<Timestamptz>,
        email_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    action_links (id) {
        id -> Uuid,
        account_id -> Uuid,
        comment_id -> Uuid,
        version -> Integer,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Uuid,
        account_id -> Uuid,
        name -> Text,
        scopes -> Array<Text>,
        document_id -> Nullable<Uuid>,
        token_hash -> Bytea,
        created_by -> Uuid,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    appeals (id) {
        id -> Uuid,
        document_id -> Uuid,
        action_id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        text_sealed -> Nullable<Bytea>,
        state -> Text,
        version -> Integer,
        lodged_at -> Timestamptz,
        taken_up_by -> Nullable<Uuid>,
        taken_up_at -> Nullable<Timestamptz>,
        decision_id -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        same_moderator -> Bool,
        text_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    attachments (id) {
        id -> Uuid,
        document_id -> Uuid,
        submission_id -> Nullable<Uuid>,
        name_sealed -> Bytea,
        name_key -> Nullable<Uuid>,
        announced -> BigInt,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        object -> Nullable<Uuid>,
        secret_sealed -> Nullable<Bytea>,
        secret_key -> Nullable<Uuid>,
        media_type -> Nullable<Text>,
        bytes -> Nullable<BigInt>,
        stored_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    comment_counts (scope_id) {
        scope_id -> Uuid,
        published -> Integer,
    }
}

diesel::table! {
    comment_texts (comment_id, version) {
        comment_id -> Uuid,
        version -> Integer,
        markdown -> Text,
        html -> Text,
        plain -> Text,
        replaced_at -> Timestamptz,
    }
}

diesel::table! {
    comment_threads (root_id) {
        root_id -> Uuid,
        scope_id -> Uuid,
        replies -> Integer,
    }
}

diesel::table! {
    comments (id) {
        id -> Uuid,
        document_id -> Uuid,
        section_id -> Nullable<Uuid>,
        revision_id -> Nullable<Uuid>,
        parent_id -> Nullable<Uuid>,
        root_id -> Uuid,
        depth -> Integer,
        contributor_id -> Uuid,
        markdown -> Text,
        html -> Text,
        plain -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        statement -> Nullable<Text>,
        version -> Integer,
        published_at -> Nullable<Timestamptz>,
        reviewed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        visible -> Bool,
        intake -> Text,
        redacted_markdown -> Nullable<Text>,
        redacted_html -> Nullable<Text>,
        redacted_plain -> Nullable<Text>,
        changes_requested_at -> Nullable<Timestamptz>,
        amended_at -> Nullable<Timestamptz>,
        open_reports -> Integer,
    }
}

diesel::table! {
    contributors (id) {
        id -> Uuid,
        document_id -> Uuid,
        display_name -> Text,
        email_sealed -> Nullable<Bytea>,
        email_hash -> Nullable<Bytea>,
        language -> Text,
        erased_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        notify_of_replies -> Bool,
        bounced_at -> Nullable<Timestamptz>,
        replies_refused -> Bool,
        name_sealed -> Nullable<Bytea>,
        email_key -> Nullable<Uuid>,
        name_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    data_keys (id) {
        id -> Uuid,
        class -> Text,
        document_id -> Nullable<Uuid>,
        wrapped -> Bytea,
        created_at -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    digest_entries (id) {
        id -> Uuid,
        account_id -> Uuid,
        document_id -> Uuid,
        topic -> Text,
        subject_id -> Uuid,
        burst -> Bool,
        due_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    documents (id) {
        id -> Uuid,
        slug -> Text,
        title -> Text,
        summary -> Text,
        language -> Text,
        owner -> Text,
        phase -> Text,
        opens_at -> Nullable<Timestamptz>,
        closes_at -> Nullable<Timestamptz>,
        moderation -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        target_hours -> Nullable<Integer>,
        appeal_days -> Integer,
        report_threshold -> Nullable<Integer>,
        confirm_addresses -> Bool,
        retention_days -> Integer,
        closed_at -> Nullable<Timestamptz>,
        retention_changed_at -> Nullable<Timestamptz>,
        retention_changed_by -> Nullable<Uuid>,
        retention_days_before -> Nullable<Integer>,
        reachable_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    events (transaction_id, id) {
        transaction_id -> BigInt,
        id -> BigInt,
        kind -> Text,
        document_id -> Uuid,
        subject_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    external_identities (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        account_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (key_hash) {
        key_hash -> Bytea,
        input_hash -> Bytea,
        subject_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    installation (id) {
        id -> Bool,
        public_id -> Uuid,
        key_check -> Bytea,
        demo_loaded_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        root_sealed -> Nullable<Bytea>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        kind -> Text,
        payload -> Jsonb,
        priority -> SmallInt,
        state -> Text,
        run_at -> Timestamptz,
        attempts -> Integer,
        leased_until -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    ledger_heads (document_id) {
        document_id -> Uuid,
        seq -> BigInt,
        previous_hash -> Bytea,
        hash -> Bytea,
    }
}

diesel::table! {
    mail_arrivals (job_id) {
        job_id -> Uuid,
        account_id -> Uuid,
        document_id -> Uuid,
        way -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    mail_subscriptions (id) {
        id -> Uuid,
        account_id -> Uuid,
        document_id -> Nullable<Uuid>,
        mode -> Nullable<Text>,
        hour -> Nullable<Integer>,
        time_zone -> Nullable<Text>,
        topics -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    moderation_action_details (action_id) {
        action_id -> Uuid,
        salt -> Nullable<Bytea>,
        actor_id -> Nullable<Uuid>,
        statement -> Nullable<Text>,
        note -> Nullable<Text>,
        before -> Nullable<Jsonb>,
        erased_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    moderation_actions (id) {
        id -> Uuid,
        document_id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        actor_kind -> Text,
        action -> Text,
        from_state -> Text,
        to_state -> Text,
        reason -> Nullable<Text>,
        subject_version -> Integer,
        created_at -> Timestamptz,
        seq -> BigInt,
        rule_cited -> Nullable<Integer>,
        detected -> Bool,
        batch_id -> Nullable<Uuid>,
        commitment -> Bytea,
        previous_hash -> Bytea,
        hash -> Bytea,
    }
}

diesel::table! {
    moderation_claims (subject_id) {
        subject_id -> Uuid,
        subject_kind -> Text,
        document_id -> Uuid,
        account_id -> Uuid,
        version -> Integer,
        claimed_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    moderation_rules (document_id, number) {
        document_id -> Uuid,
        number -> Integer,
        title -> Text,
        markdown -> Text,
        html -> Text,
        plain -> Text,
    }
}

diesel::table! {
    notices (subject_id) {
        subject_id -> Uuid,
        job_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    receipts (id) {
        id -> Uuid,
        reference -> Text,
        contributor_id -> Uuid,
        kind -> Text,
        subject_id -> Uuid,
        generation -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    reports (id) {
        id -> Uuid,
        comment_id -> Uuid,
        document_id -> Uuid,
        reporter_hash -> Bytea,
        comment_version -> Integer,
        reason -> Text,
        explanation_sealed -> Nullable<Bytea>,
        contact_sealed -> Nullable<Bytea>,
        created_at -> Timestamptz,
        outcome -> Nullable<Text>,
        action_id -> Nullable<Uuid>,
        closed_at -> Nullable<Timestamptz>,
        counts_as -> Bytea,
        explanation_key -> Nullable<Uuid>,
        contact_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    reseals (id) {
        id -> Uuid,
        started_at -> Timestamptz,
        total -> BigInt,
        done -> BigInt,
        place -> Text,
        after -> Uuid,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    role_grants (id) {
        id -> Uuid,
        account_id -> Uuid,
        role -> Text,
        document_id -> Nullable<Uuid>,
        granted_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        by_provider -> Bool,
        held_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    rule_findings (id) {
        id -> Uuid,
        document_id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        rule_id -> Uuid,
        kind -> Text,
        found_sealed -> Bytea,
        withheld -> Bool,
        created_at -> Timestamptz,
        found_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    rules (id) {
        id -> Uuid,
        document_id -> Uuid,
        position -> Integer,
        kind -> Text,
        effect -> Text,
        settings -> Jsonb,
        secret_sealed -> Nullable<Bytea>,
        created_at -> Timestamptz,
        secret_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    section_revisions (id) {
        id -> Uuid,
        section_id -> Uuid,
        ordinal -> Integer,
        title -> Text,
        markdown -> Text,
        html -> Text,
        plain -> Text,
        blocks -> Jsonb,
        footnotes -> Jsonb,
        word_count -> Integer,
        content_hash -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sections (id) {
        id -> Uuid,
        document_id -> Uuid,
        parent_id -> Nullable<Uuid>,
        position -> Integer,
        depth -> Integer,
        slug -> Text,
        number -> Nullable<Text>,
        published_revision_id -> Nullable<Uuid>,
        retired_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        account_id -> Uuid,
        generation -> Integer,
        refresh_hash -> Bytea,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        refreshed_at -> Timestamptz,
        device -> Text,
        retried_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sign_in_links (id) {
        id -> Uuid,
        account_id -> Nullable<Uuid>,
        generation -> Integer,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        email_hash -> Nullable<Bytea>,
        secret_hash -> Nullable<Bytea>,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Uuid,
        kid -> Text,
        public_key -> Bytea,
        private_sealed -> Nullable<Bytea>,
        signs_from -> Timestamptz,
        verifies_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        private_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    similar_bands (band, group_id) {
        band -> BigInt,
        group_id -> Uuid,
    }
}

diesel::table! {
    similar_groups (id) {
        id -> Uuid,
        document_id -> Uuid,
        sketch -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    similar_members (subject_id) {
        subject_id -> Uuid,
        subject_kind -> Text,
        document_id -> Uuid,
        group_id -> Uuid,
        contributor_id -> Uuid,
    }
}

diesel::table! {
    submission_texts (id) {
        id -> Uuid,
        submission_id -> Uuid,
        version -> Integer,
        body_sealed -> Bytea,
        replaced_at -> Timestamptz,
        body_key -> Nullable<Uuid>,
    }
}

diesel::table! {
    submissions (id) {
        id -> Uuid,
        document_id -> Uuid,
        contributor_id -> Uuid,
        body_sealed -> Nullable<Bytea>,
        state -> Text,
        reason -> Nullable<Text>,
        statement -> Nullable<Text>,
        version -> Integer,
        created_at -> Timestamptz,
        intake -> Text,
        amended_at -> Nullable<Timestamptz>,
        body_key -> Nullable<Uuid>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    access_records,
    accounts,
    action_links,
    api_tokens,
    appeals,
    attachments,
    comment_counts,
    comment_texts,
    comment_threads,
    comments,
    contributors,
    data_keys,
    digest_entries,
    documents,
    events,
    external_identities,
    idempotency_keys,
    installation,
    jobs,
    ledger_heads,
    mail_arrivals,
    mail_subscriptions,
    moderation_action_details,
    moderation_actions,
    moderation_claims,
    moderation_rules,
    notices,
    receipts,
    reports,
    reseals,
    role_grants,
    rule_findings,
    rules,
    section_revisions,
    sections,
    sessions,
    sign_in_links,
    signing_keys,
    similar_bands,
    similar_groups,
    similar_members,
    submission_texts,
    submissions
);
