#include "causes/causes.hpp"

#include "causes/tables.hpp"

#include <algorithm>
#include <vector>

namespace envfix::causes {

namespace {

std::vector<Cause> put_together()
{
    std::vector<Cause> table;
    for (const auto part :
         {compiled_causes(), build_causes(), package_causes(), environment_causes(), outcomes()}) {
        table.insert(table.end(), part.begin(), part.end());
    }
    std::ranges::sort(table, {}, &Cause::code);
    return table;
}

std::vector<std::string_view> codes_of_findings()
{
    std::vector<std::string_view> codes;
    for (const auto& cause : all()) {
        if (cause.kind == Kind::cause) codes.push_back(cause.code);
    }
    return codes;
}

} // namespace

std::span<const Cause> all()
{
    static const std::vector<Cause> table = put_together();
    return table;
}

const Cause* find(std::string_view code)
{
    const auto table = all();
    const auto at = std::ranges::lower_bound(table, code, {}, &Cause::code);
    return at != table.end() && at->code == code ? &*at : nullptr;
}

bool is_finding(std::string_view code)
{
    const auto* cause = find(code);
    return cause != nullptr && cause->kind == Kind::cause;
}

std::span<const std::string_view> finding_codes()
{
    static const std::vector<std::string_view> codes = codes_of_findings();
    return codes;
}

} // namespace envfix::causes
