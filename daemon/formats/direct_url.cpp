#include "formats/direct_url.hpp"

#include "formats/json_path_reader.hpp"

namespace envfix::formats {

namespace {

constexpr std::size_t k_text_limit = 64U << 10U;
constexpr std::size_t k_depth_limit = 8;

class Reader final : public JsonPathReader {
public:
    Reader() : JsonPathReader(k_depth_limit) {}

    [[nodiscard]] const DirectUrl& value() const { return m_value; }

    [[nodiscard]] bool has_url() const { return m_has_url; }

    bool boolean(bool value) override
    {
        if (is_at({"dir_info", "editable"})) m_value.editable = value;
        return true;
    }

    bool string(string_t& value) override
    {
        if (is_at({"url"})) {
            m_value.url = value;
            m_has_url = true;
        }
        if (is_at({"vcs_info", "vcs"})) m_value.vcs = value;
        if (is_at({"vcs_info", "commit_id"})) m_value.commit = value;
        if (is_at({"archive_info", "hash"})) m_value.archive_hash = value;
        return true;
    }

private:
    DirectUrl m_value;
    bool m_has_url = false;
};

} // namespace

Result<DirectUrl> parse_direct_url(std::string_view text)
{
    if (text.size() > k_text_limit)
        return fail(ErrorCode::malformed, "direct_url.json is larger than 64 KiB");
    Reader reader;
    if (!nlohmann::json::sax_parse(text, &reader) || !reader.has_url())
        return fail(ErrorCode::malformed, "direct_url.json is no JSON object with a url");
    return reader.value();
}

} // namespace envfix::formats
