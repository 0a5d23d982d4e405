#include "pep/specifier.hpp"

#include "pep/unicode.hpp"

#include <array>

namespace envfix::pep {

namespace {

struct Spelling {
    std::string_view text;
    Operator op;
};

// In the order in which they have to be tried: === before ==, <= before <.
constexpr std::array<Spelling, 8> k_operators{{
    {"===", Operator::arbitrary},
    {"==", Operator::equal},
    {"!=", Operator::not_equal},
    {"~=", Operator::compatible},
    {"<=", Operator::less_equal},
    {">=", Operator::greater_equal},
    {"<", Operator::less},
    {">", Operator::greater},
}};

/// Behind everything that begins with `prefix`; see version_key.hpp.
std::string behind(std::string_view prefix)
{
    return std::string(prefix) + '\xFF';
}

VersionTail tail_of(Operator op)
{
    return op == Operator::equal || op == Operator::not_equal ? VersionTail::local_or_wildcard
                                                              : VersionTail::public_only;
}

/// === takes any text without white space, semicolon and closing parenthesis.
bool is_arbitrary_version(std::string_view text)
{
    while (!text.empty()) {
        const auto next = decode_first(text);
        if (next.value == ';' || next.value == ')' || is_space(next.value)) return false;
        text.remove_prefix(next.size);
    }
    return true;
}

/// Neither end can be white space.
bool is_stripped(std::string_view text)
{
    const auto is_plain = [](char c) { return c > ' ' && c <= '~'; };
    return text.empty() || (is_plain(text.front()) && is_plain(text.back()));
}

struct Scanned {
    bool ok = false;
    std::size_t stopped_at = 0;
    Operator op{};
    std::string_view version;
};

Scanned split(std::string_view text)
{
    Scanned out;
    out.stopped_at = leading_space(text);
    const auto clause = text.substr(out.stopped_at);
    const auto size = scan_operator(clause, out.op);
    if (size == 0) return out;
    const auto space = leading_space(clause.substr(size));
    out.stopped_at += size + space;
    out.version = clause.substr(size + space);
    if (!is_stripped(out.version)) out.version = strip(out.version);
    out.ok = true;
    return out;
}

} // namespace

std::string_view to_string(Operator op)
{
    for (const auto& spelling : k_operators) {
        if (spelling.op == op) return spelling.text;
    }
    return {};
}

std::size_t scan_operator(std::string_view text, Operator& op)
{
    if (text.empty()) return 0;
    const char first = text.front();
    if (first != '<' && first != '=' && first != '>' && first != '!' && first != '~') return 0;
    for (const auto& spelling : k_operators) {
        if (text.starts_with(spelling.text)) {
            op = spelling.op;
            return spelling.text.size();
        }
    }
    return 0;
}

std::optional<Specifier> Specifier::try_parse(std::string_view text)
{
    const auto scanned = split(text);
    if (!scanned.ok) return std::nullopt;
    return try_parse(scanned.op, scanned.version);
}

std::optional<Specifier> Specifier::try_parse(Operator op, std::string_view version)
{
    if (!is_stripped(version)) version = strip(version);
    if (op == Operator::arbitrary) {
        if (!is_arbitrary_version(version)) return std::nullopt;
        Specifier out(op, version);
        const auto parsed = Version::try_parse(version);
        out.m_names_prerelease = parsed && parsed->is_prerelease();
        return out;
    }
    VersionParts parts;
    const auto size = scan_version(version, tail_of(op), parts);
    if (size == 0 || size != version.size()) return std::nullopt;
    if (op == Operator::compatible && parts.release.find('.') == std::string_view::npos) {
        return std::nullopt; // ~=1 would say nothing
    }
    Specifier out(op, version);
    out.set_range(parts);
    return out;
}

Result<Specifier> Specifier::parse(std::string_view text)
{
    if (auto specifier = try_parse(text)) return *std::move(specifier);
    const auto scanned = split(text);
    auto at = scanned.stopped_at;
    if (scanned.ok) {
        VersionParts parts;
        at += scan_version(scanned.version, tail_of(scanned.op), parts);
    }
    return fail(ErrorCode::malformed, "not a version specifier at byte " + std::to_string(at) +
                                          ": '" + std::string(text) + "'");
}

void Specifier::set_range(const VersionParts& parts)
{
    m_is_wildcard = parts.has_wildcard;
    m_negated = m_op == Operator::not_equal;
    m_names_prerelease = !m_negated && (parts.pre != PreLetter::none || parts.has_dev);
    const auto until = [this](std::string bound) {
        m_upper = std::move(bound);
        m_has_upper = true;
    };
    if (m_is_wildcard) {
        m_lower = first_of_prefix(parts);
        until(end_of_prefix(parts));
        return;
    }
    auto version = make_key(parts);
    auto& key = version.bytes;
    switch (m_op) {
    case Operator::greater_equal: m_lower = std::move(key); break;
    case Operator::less_equal: until(behind(key)); break; // local versions of it included
    case Operator::less:
        // Pre-releases of the bound itself are out, unless it is one.
        until(m_names_prerelease ? std::move(key) : first_dev(parts));
        break;
    case Operator::greater:
        // Local versions of the bound are out, and its post-releases, unless it is one or a
        // development release, which has none.
        m_lower = behind(parts.has_post || parts.has_dev
                             ? std::string_view(key)
                             : std::string_view(key).substr(0, version.pre_end));
        break;
    case Operator::compatible: {
        m_lower = std::move(key);
        VersionParts prefix = parts;
        prefix.release = parts.release.substr(0, parts.release.rfind('.'));
        prefix.number_count = 0;
        until(end_of_prefix(prefix));
        break;
    }
    case Operator::equal:
    case Operator::not_equal:
        // With a local part it is that one key; 0 comes before whatever may continue it.
        until(parts.local.empty() ? behind(key) : key + '\0');
        m_lower = std::move(key);
        break;
    case Operator::arbitrary: break;
    }
}

bool Specifier::matches(const Version& version) const
{
    if (m_op == Operator::arbitrary) return lower(version.to_string()) == lower(m_version);
    const auto& key = version.key();
    const bool is_inside = key >= m_lower && (!m_has_upper || key < m_upper);
    return is_inside != m_negated;
}

bool Specifier::matches(std::string_view text, const Version* parsed) const
{
    if (m_op == Operator::arbitrary) return lower(text) == lower(m_version);
    return parsed != nullptr && matches(*parsed);
}

std::string Specifier::to_string() const
{
    return std::string(pep::to_string(m_op)) + m_version;
}

std::string Specifier::identity() const
{
    std::string out(1, static_cast<char>(m_op));
    if (m_op == Operator::arbitrary || m_is_wildcard) return out + m_version;
    const auto version = Version::try_parse(m_version);
    if (m_op == Operator::compatible) {
        for (const auto& number : version->release())
            out += number + '.';
    }
    return out + version->key();
}

bool Specifier::operator==(const Specifier& other) const
{
    return m_op == other.m_op && (m_version == other.m_version || identity() == other.identity());
}

} // namespace envfix::pep
