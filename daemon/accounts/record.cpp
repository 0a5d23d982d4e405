#include "accounts/record.hpp"

#include "accounts/codec.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "causes/causes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace envfix::accounts {

namespace {

using model::EnvironmentKind;
using model::EnvironmentState;

constexpr std::uint8_t k_version = 1;
constexpr std::array k_kinds{EnvironmentKind::venv, EnvironmentKind::conda, EnvironmentKind::project};
constexpr std::array k_states{EnvironmentState::healthy, EnvironmentState::degraded, EnvironmentState::broken,
                              EnvironmentState::unverifiable};
constexpr std::array<std::string_view, 3> k_link_states{"ok", "missing", "broken"};
constexpr std::array k_severities{model::Severity::error, model::Severity::warning, model::Severity::info};

enum class Type : std::uint8_t { hello = 1, seen, gone, surveyed, checked, probed, check_again, reload, try_imports };

template <typename List, typename Value> std::uint8_t index_in(const List& list, const Value& value)
{
    return static_cast<std::uint8_t>(std::ranges::find(list, value) - list.begin());
}

template <typename List> auto value_of(const List& list, Reader& reader)
{
    return list[reader.one_of(static_cast<std::uint8_t>(list.size()))];
}

/// The last character is whole.
void cut_to(std::string& text, std::size_t most)
{
    constexpr std::string_view k_more = "...";
    text = escape_untrusted(text);
    if (text.size() <= most) return;
    text.resize(most - k_more.size());
    while (!text.empty() && !is_utf8(text)) text.pop_back();
    text += k_more;
}

template <typename List> void cut_list(List& list, std::size_t most)
{
    if (list.size() > most) list.resize(most);
}

void shape(model::Finding& finding)
{
    cut_to(finding.distribution, k_text_cap);
    cut_to(finding.summary, k_text_cap);
    cut_list(finding.evidence, k_most_evidence);
    cut_list(finding.remedies, k_most_remedies);
    for (auto& evidence : finding.evidence) {
        cut_to(evidence.path, k_path_cap);
        for (auto* text : {&evidence.owner, &evidence.expected, &evidence.actual}) cut_to(*text, k_text_cap);
    }
    for (auto& remedy : finding.remedies) cut_to(remedy, k_text_cap);
}

void shape(Seen& seen)
{
    auto& report = seen.report;
    report.path = escape_untrusted(report.path);
    report.id.clear();
    for (auto* text : {&report.state_reason, &report.fingerprint, &report.interpreter_version,
                       &report.interpreter_implementation, &report.interpreter_soabi}) {
        cut_to(*text, k_text_cap);
    }
    cut_to(report.interpreter_path, k_path_cap);
    cut_to(seen.project, k_path_cap);
    cut_list(report.chain, k_most_links);
    for (auto& link : report.chain) {
        cut_to(link.distribution, k_text_cap);
        cut_to(link.version, k_text_cap);
        cut_to(link.location, k_path_cap);
        cut_list(link.shadows, k_most_shadows);
        for (auto& path : link.shadows) cut_to(path, k_path_cap);
    }
    if (report.findings.size() > k_most_findings) {
        seen.left_out += static_cast<std::uint32_t>(report.findings.size() - k_most_findings);
        report.findings.resize(k_most_findings);
    }
    for (auto& finding : report.findings) shape(finding);
}

template <typename List, typename Write> void write_list(Writer& writer, const List& list, const Write& write)
{
    writer.number(static_cast<std::uint32_t>(list.size()));
    for (const auto& item : list) write(item);
}

void write_texts(Writer& writer, const std::vector<std::string>& texts)
{
    write_list(writer, texts, [&](const std::string& text) { writer.text(text); });
}

std::vector<std::string> read_texts(Reader& reader, std::uint32_t most, std::size_t longest)
{
    std::vector<std::string> texts;
    const auto count = reader.count(most);
    for (std::uint32_t i = 0; i < count && reader.well(); ++i) texts.push_back(reader.text(longest));
    return texts;
}

Writer begin(Type type)
{
    Writer writer;
    writer.byte(k_version);
    writer.byte(static_cast<std::uint8_t>(type));
    return writer;
}

void write_place(Writer& writer, const Place& place)
{
    writer.byte(index_in(k_kinds, place.kind));
    writer.text(place.path);
}

Place read_place(Reader& reader)
{
    Place place;
    place.kind = value_of(k_kinds, reader);
    place.path = reader.text(k_path_cap);
    if (!place.path.starts_with('/')) reader.fail();
    return place;
}

void write_finding(Writer& writer, const model::Finding& finding)
{
    writer.text(finding.code);
    writer.byte(index_in(k_severities, finding.severity));
    writer.text(finding.distribution);
    writer.text(finding.summary);
    write_list(writer, finding.evidence, [&](const model::Evidence& evidence) {
        writer.text(evidence.path);
        writer.text(evidence.owner);
        writer.text(evidence.expected);
        writer.text(evidence.actual);
    });
    write_texts(writer, finding.remedies);
}

model::Finding read_finding(Reader& reader)
{
    model::Finding finding;
    finding.code = reader.text(k_text_cap);
    if (!causes::is_finding(finding.code)) reader.fail();
    finding.severity = value_of(k_severities, reader);
    finding.distribution = reader.text(k_text_cap);
    finding.summary = reader.text(k_text_cap);
    const auto count = reader.count(k_most_evidence);
    for (std::uint32_t i = 0; i < count && reader.well(); ++i) {
        model::Evidence evidence;
        evidence.path = reader.text(k_path_cap);
        evidence.owner = reader.text(k_text_cap);
        evidence.expected = reader.text(k_text_cap);
        evidence.actual = reader.text(k_text_cap);
        finding.evidence.push_back(std::move(evidence));
    }
    finding.remedies = read_texts(reader, k_most_remedies, k_text_cap);
    return finding;
}

void write_link(Writer& writer, const model::ChainReport& link)
{
    writer.text(link.distribution);
    writer.text(link.version);
    writer.text(link.location);
    writer.byte(index_in(k_link_states, link.state));
    write_texts(writer, link.shadows);
}

model::ChainReport read_link(Reader& reader)
{
    model::ChainReport link;
    link.distribution = reader.text(k_text_cap);
    link.version = reader.text(k_text_cap);
    link.location = reader.text(k_path_cap);
    link.state = value_of(k_link_states, reader);
    link.shadows = read_texts(reader, k_most_shadows, k_path_cap);
    return link;
}

std::string write_seen(const Seen& seen)
{
    const auto& report = seen.report;
    auto writer = begin(Type::seen);
    write_place(writer, {.kind = report.kind, .path = report.path});
    writer.text(seen.project);
    writer.byte(index_in(k_states, report.state));
    writer.text(report.state_reason);
    writer.text(report.fingerprint);
    writer.text(report.interpreter_path);
    writer.text(report.interpreter_version);
    writer.text(report.interpreter_implementation);
    writer.text(report.interpreter_soabi);
    write_list(writer, report.chain, [&](const auto& link) { write_link(writer, link); });
    writer.number(seen.left_out);
    write_list(writer, report.findings, [&](const auto& finding) { write_finding(writer, finding); });
    return writer.take();
}

Seen read_seen(Reader& reader)
{
    Seen seen;
    auto& report = seen.report;
    auto place = read_place(reader);
    report.kind = place.kind;
    report.path = std::move(place.path);
    report.id = model::environment_id(report.kind, report.path);
    seen.project = reader.text(k_path_cap);
    report.state = value_of(k_states, reader);
    report.state_reason = reader.text(k_text_cap);
    report.fingerprint = reader.text(k_text_cap);
    report.interpreter_path = reader.text(k_path_cap);
    report.interpreter_version = reader.text(k_text_cap);
    report.interpreter_implementation = reader.text(k_text_cap);
    report.interpreter_soabi = reader.text(k_text_cap);
    const auto links = reader.count(k_most_links);
    for (std::uint32_t i = 0; i < links && reader.well(); ++i) report.chain.push_back(read_link(reader));
    seen.left_out = reader.number();
    const auto findings = reader.count(k_most_findings);
    for (std::uint32_t i = 0; i < findings && reader.well(); ++i) report.findings.push_back(read_finding(reader));
    return seen;
}

/// Fits the record into its cap: first the evidence goes that says it twice, then whole findings, the last first.
Result<std::string> written(Seen seen)
{
    shape(seen);
    auto& report = seen.report;
    const auto& kinds = k_kinds;
    if (std::ranges::find(kinds, report.kind) == kinds.end() || std::ranges::find(k_states, report.state) == k_states.end()) {
        return fail(ErrorCode::malformed, report.path + " is no environment of an account");
    }
    if (report.path.size() > k_path_cap) return fail(ErrorCode::too_large, "a path of more than 4 KiB: " + report.path);
    auto bytes = write_seen(seen);
    if (bytes.size() > k_record_cap) {
        for (auto& finding : report.findings) cut_list(finding.evidence, 1);
        for (auto& link : report.chain) link.shadows.clear();
        bytes = write_seen(seen);
    }
    while (bytes.size() > k_record_cap && !report.findings.empty()) {
        report.findings.pop_back();
        ++seen.left_out;
        bytes = write_seen(seen);
    }
    if (bytes.size() > k_record_cap) return fail(ErrorCode::too_large, "the report of " + report.path + " is above 64 KiB");
    return bytes;
}

Result<std::string> written(const Hello& hello)
{
    auto writer = begin(Type::hello);
    writer.flag(hello.role == Role::probe);
    return writer.take();
}

Result<std::string> written(const Gone& gone)
{
    auto writer = begin(Type::gone);
    write_place(writer, gone.place);
    return writer.take();
}

Result<std::string> written(Surveyed surveyed)
{
    cut_to(surveyed.trouble, k_text_cap);
    auto writer = begin(Type::surveyed);
    writer.text(surveyed.trouble);
    return writer.take();
}

Result<std::string> written(const Checked& checked)
{
    auto writer = begin(Type::checked);
    writer.number(checked.number);
    return writer.take();
}

Result<std::string> written(Probed probed)
{
    cut_to(probed.result.import, k_text_cap);
    cut_to(probed.result.error, k_text_cap);
    auto writer = begin(Type::probed);
    write_place(writer, probed.place);
    writer.flag(probed.result.ran);
    writer.flag(probed.result.ok);
    writer.text(probed.result.import);
    writer.text(probed.result.error);
    return writer.take();
}

Probed read_probed(Reader& reader)
{
    Probed probed;
    probed.place = read_place(reader);
    probed.result.ran = reader.flag();
    probed.result.ok = reader.flag();
    probed.result.import = reader.text(k_text_cap);
    probed.result.error = reader.text(k_text_cap);
    if (probed.result.ok && !probed.result.ran) reader.fail(); // what did not run did not work
    return probed;
}

/// Nothing: no record of a worker's begins like this.
std::optional<Record> read_record(Type type, Reader& reader)
{
    switch (type) {
    case Type::hello: return Hello{.role = reader.flag() ? Role::probe : Role::watch};
    case Type::seen: return read_seen(reader);
    case Type::gone: return Gone{.place = read_place(reader)};
    case Type::surveyed: return Surveyed{.trouble = reader.text(k_text_cap)};
    case Type::checked: return Checked{.number = reader.number()};
    case Type::probed: return read_probed(reader);
    case Type::check_again:
    case Type::reload:
    case Type::try_imports: return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Order> read_order(Type type, Reader& reader)
{
    switch (type) {
    case Type::check_again: return CheckAgain{.number = reader.number()};
    case Type::reload: return Reload{};
    case Type::try_imports: return TryImports{.place = read_place(reader)};
    case Type::hello:
    case Type::seen:
    case Type::gone:
    case Type::surveyed:
    case Type::checked:
    case Type::probed: return std::nullopt;
    }
    return std::nullopt;
}

template <typename Value>
Result<Value> parsed(std::string_view bytes, std::optional<Value> (*read)(Type type, Reader& reader), const char* what)
{
    if (bytes.size() > k_record_cap) return fail(ErrorCode::too_large, std::string(what) + " has at most 64 KiB");
    Reader reader(bytes);
    if (reader.byte() != k_version) return fail(ErrorCode::malformed, std::string("not ") + what + " of this version");
    auto value = read(static_cast<Type>(reader.byte()), reader);
    if (!value || !reader.whole()) return fail(ErrorCode::malformed, std::string("not ") + what + " as it has to be");
    return *std::move(value);
}

} // namespace

Result<std::string> write_record(Record record)
{
    return std::visit([](auto& one) { return written(std::move(one)); }, record);
}

Result<Record> parse_record(std::string_view bytes)
{
    return parsed<Record>(bytes, read_record, "a record");
}

std::string write_order(const Order& order)
{
    struct Write {
        std::string operator()(const CheckAgain& order) const
        {
            auto writer = begin(Type::check_again);
            writer.number(order.number);
            return writer.take();
        }

        std::string operator()(const Reload&) const { return begin(Type::reload).take(); }

        std::string operator()(const TryImports& order) const
        {
            auto writer = begin(Type::try_imports);
            write_place(writer, order.place);
            return writer.take();
        }
    };
    return std::visit(Write{}, order);
}

Result<Order> parse_order(std::string_view bytes)
{
    return parsed<Order>(bytes, read_order, "an order");
}

Place place_of(const model::Environment& environment)
{
    return {.kind = environment.kind, .path = escape_untrusted(environment.path)};
}

bool is_of_account(model::EnvironmentKind kind)
{
    return std::ranges::find(k_kinds, kind) != k_kinds.end();
}

} // namespace envfix::accounts
