#include "journal/codec.hpp"

#include "fs/bytes.hpp"

namespace envfix::journal {

namespace {

constexpr std::uint8_t k_format = 2; ///< 1: steps that do not say whether they are isolated
constexpr std::size_t k_least_text = 4;

void put(fs::ByteWriter& writer, const std::vector<std::string>& texts)
{
    writer.u32(static_cast<std::uint32_t>(texts.size()));
    for (const auto& text : texts)
        writer.text(text);
}

std::vector<std::string> take_texts(fs::ByteReader& reader)
{
    std::vector<std::string> texts(reader.count(k_least_text));
    for (auto& text : texts)
        text = reader.text();
    return texts;
}

// Taken apart by structured bindings: a new field does not compile until it is written here as
// well.

void put(fs::ByteWriter& writer, const model::PackageChange& change)
{
    const auto& [distribution, from, to, source, sha256] = change;
    writer.text(distribution).text(from).text(to).text(source).text(sha256);
}

model::PackageChange take_change(fs::ByteReader& reader)
{
    model::PackageChange change;
    change.distribution = reader.text();
    change.from = reader.text();
    change.to = reader.text();
    change.source = reader.text();
    change.sha256 = reader.text();
    return change;
}

void put(fs::ByteWriter& writer, const model::Step& step)
{
    const auto& [kind, changes, paths, location, text, isolated] = step;
    writer.text(to_string(kind)).u32(static_cast<std::uint32_t>(changes.size()));
    for (const auto& change : changes)
        put(writer, change);
    put(writer, paths);
    writer.text(location).text(text).boolean(isolated);
}

model::Step take_step(fs::ByteReader& reader, std::uint8_t format, bool& known)
{
    model::Step step;
    const auto kind = model::step_kind(reader.text());
    known = known && kind.has_value();
    step.kind = kind.value_or(model::StepKind::advise);
    step.changes.resize(reader.count(5 * k_least_text));
    for (auto& change : step.changes)
        change = take_change(reader);
    step.paths = take_texts(reader);
    step.location = reader.text();
    step.text = reader.text();
    step.isolated = format > 1 && reader.boolean();
    return step;
}

} // namespace

std::string encode_plan(const model::Plan& plan)
{
    const auto& [id, digest, environment_id, environment_path, fingerprint, chain, policy,
                 policy_sha256, findings, ladder, allow_externally_managed, created_s, expires_s,
                 state, state_reason] = plan;
    static_cast<void>(state);
    static_cast<void>(state_reason);
    fs::ByteWriter writer;
    writer.u8(k_format).text(id).text(digest).text(environment_id).text(environment_path);
    writer.text(fingerprint).text(chain).text(policy).text(policy_sha256);
    put(writer, findings);
    writer.u32(static_cast<std::uint32_t>(ladder.size()));
    for (const auto& [steps, unavailable] : ladder) {
        writer.u32(static_cast<std::uint32_t>(steps.size()));
        for (const auto& step : steps)
            put(writer, step);
        writer.text(unavailable);
    }
    writer.boolean(allow_externally_managed).i64(created_s).i64(expires_s);
    return writer.bytes();
}

Result<model::Plan> decode_plan(std::string_view bytes)
{
    fs::ByteReader reader(bytes);
    const auto format = reader.u8();
    if (format == 0 || format > k_format) return fail(ErrorCode::malformed, "a plan of another format");
    model::Plan plan;
    plan.id = reader.text();
    plan.digest = reader.text();
    plan.environment_id = reader.text();
    plan.environment_path = reader.text();
    plan.fingerprint = reader.text();
    plan.chain = reader.text();
    plan.policy = reader.text();
    plan.policy_sha256 = reader.text();
    plan.findings = take_texts(reader);
    bool known = true;
    plan.ladder.resize(reader.count(2 * k_least_text));
    for (auto& rung : plan.ladder) {
        rung.steps.resize(reader.count(5 * k_least_text));
        for (auto& step : rung.steps)
            step = take_step(reader, format, known);
        rung.unavailable = reader.text();
    }
    plan.allow_externally_managed = reader.boolean();
    plan.created_s = reader.i64();
    plan.expires_s = reader.i64();
    ENVFIX_CHECK(reader.finish("a plan"));
    if (!known) return fail(ErrorCode::malformed, "a plan with a step that nobody knows");
    return plan;
}

std::string encode_texts(const std::vector<std::string>& texts)
{
    fs::ByteWriter writer;
    put(writer, texts);
    return writer.bytes();
}

Result<std::vector<std::string>> decode_texts(std::string_view bytes)
{
    fs::ByteReader reader(bytes);
    auto texts = take_texts(reader);
    ENVFIX_CHECK(reader.finish("a list"));
    return texts;
}

} // namespace envfix::journal
