#include "model/finding.hpp"

#include "model/names.hpp"

namespace envfix::model {

namespace {
constexpr Names<Severity, 3> k_severities{{
    {Severity::error, "error"},
    {Severity::warning, "warning"},
    {Severity::info, "info"},
}};
} // namespace

std::string_view to_string(Severity severity)
{
    return name_of(k_severities, severity);
}

std::optional<Severity> severity(std::string_view text)
{
    return value_of(k_severities, text);
}

} // namespace envfix::model
