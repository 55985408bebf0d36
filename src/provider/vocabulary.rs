//! Words of servers' errors that may be shown. A server can put any text into any field, also text of the study it was
//! sent, in any disguise; so a word is shown only where it stands in this list, and as the list writes it.

/// Codes, types, reasons and exception names of the vendors' interfaces and of the programs between.
const KNOWN: &[&str] = &[
    // OpenAI and the many that speak as it does
    "access_terminated",
    "account_deactivated",
    "billing_hard_limit_reached",
    "billing_not_active",
    "content_filter",
    "content_policy_violation",
    "context_length_exceeded",
    "decimal_above_max_value",
    "decimal_below_min_value",
    "engine_overloaded",
    "insufficient_permissions",
    "insufficient_quota",
    "integer_above_max_value",
    "integer_below_min_value",
    "internal_error",
    "invalid_api_key",
    "invalid_base64",
    "invalid_json",
    "invalid_json_schema",
    "invalid_organization",
    "invalid_prompt",
    "invalid_request_error",
    "invalid_type",
    "invalid_value",
    "ip_not_authorized",
    "missing_required_parameter",
    "model_not_found",
    "not_found_error",
    "organization_restricted",
    "permission_denied",
    "rate_limit_error",
    "rate_limit_exceeded",
    "request_timeout",
    "requests",
    "resource_unavailable",
    "server_error",
    "server_is_overloaded",
    "slow_down",
    "string_above_max_length",
    "tokens",
    "unknown_parameter",
    "unsupported_country_region_territory",
    "unsupported_model",
    "unsupported_parameter",
    "unsupported_value",
    // Azure
    "BadRequest",
    "DeploymentNotFound",
    "InternalServerError",
    "OperationNotSupported",
    "ResponsibleAIPolicyViolation",
    "Timeout",
    "TooManyRequests",
    "Unauthorized",
    // Anthropic
    "api_error",
    "authentication_error",
    "billing_error",
    "credit_balance_too_low",
    "overloaded_error",
    "permission_error",
    "request_too_large",
    "timeout_error",
    // Google
    "ABORTED",
    "ALREADY_EXISTS",
    "API_KEY_INVALID",
    "API_KEY_SERVICE_BLOCKED",
    "CANCELLED",
    "CONSUMER_SUSPENDED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "SERVICE_DISABLED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    // Groq, Mistral, DeepSeek, Together, OpenRouter
    "insufficient_balance",
    "insufficient_credits",
    "invalid_request_invalid_args",
    "invalid_request_message_order",
    "invalid_request_prompt",
    "json_validate_failed",
    "model_decommissioned",
    "model_terms_required",
    "service_tier_capacity_exceeded",
    "tool_use_failed",
    // vLLM, llama.cpp, Ollama, text-generation-inference
    "BadRequestError",
    "NotFoundError",
    "exceed_context_size_error",
    "generation",
    "incomplete_generation",
    "not_supported_error",
    "overloaded",
    "unavailable_error",
    "validation",
    "validation_error",
    // LiteLLM
    "APIConnectionError",
    "APIError",
    "AuthenticationError",
    "BudgetExceededError",
    "ContentPolicyViolationError",
    "ContextWindowExceededError",
    "InvalidRequestError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServiceUnavailableError",
    "UnprocessableEntityError",
    "auth_error",
    "budget_exceeded",
    "bad_request_error",
    "invalid_request",
    "internal_server_error",
    "no_db_connection",
    "throttling_error",
    "token_not_found_in_db",
];

/// The word of the list that a server's word is, upper and lower case apart.
pub(super) fn known(word: &str) -> Option<&'static str> {
    KNOWN.iter().copied().find(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_list_are_known_and_as_the_list_writes_them() {
        assert_eq!(known("RATELIMITERROR"), Some("RateLimitError"));
        for foreign in ["my_brother_has_not_called", "invalid_request_error: my brother", "", "MyBrother"] {
            assert_eq!(known(foreign), None, "{foreign}");
        }
    }
}
