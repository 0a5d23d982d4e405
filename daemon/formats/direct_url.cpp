#include "formats/direct_url.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace envfix::formats {

namespace {

constexpr std::size_t k_text_limit = 64U << 10U;
constexpr std::size_t k_depth_limit = 8;

/// Takes the few values wanted as they go by: no tree is built of what an attacker nests.
class Reader : public nlohmann::json_sax<nlohmann::json> {
public:
    [[nodiscard]] const DirectUrl& value() const { return m_value; }

    [[nodiscard]] bool has_url() const { return m_has_url; }

    bool null() override { return true; }

    bool boolean(bool value) override
    {
        if (is_at({"dir_info", "editable"})) m_value.editable = value;
        return true;
    }

    bool number_integer(number_integer_t /*value*/) override { return true; }

    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }

    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }

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

    bool binary(binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*size*/) override { return enter(); }

    bool key(string_t& name) override
    {
        m_path.back() = name;
        return true;
    }

    bool end_object() override { return leave(); }

    /// Only objects are wanted: what stands in an array has a name that no wanted value has.
    bool start_array(std::size_t /*size*/) override { return !m_path.empty() && enter(); }

    bool end_array() override { return leave(); }

    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const nlohmann::json::exception& /*error*/) override
    {
        return false;
    }

private:
    bool enter()
    {
        m_path.emplace_back();
        return m_path.size() <= k_depth_limit;
    }

    bool leave()
    {
        m_path.pop_back();
        return true;
    }

    [[nodiscard]] bool is_at(std::initializer_list<std::string_view> path) const
    {
        return std::equal(m_path.begin(), m_path.end(), path.begin(), path.end());
    }

    DirectUrl m_value;
    bool m_has_url = false;
    std::vector<std::string> m_path; ///< the key that is being read, of each open object
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
