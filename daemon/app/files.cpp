#include "app/files.hpp"

#include "shipped/shipped.hpp"

#include <utility>

namespace envfix::app {

namespace {

constexpr std::size_t k_yaml_cap = 256UL * 1024;
constexpr std::size_t k_most_files = 1000;
constexpr int k_deepest = 4;

bool is_yaml(const std::string& name)
{
    return name.size() > 5 && name.ends_with(".yaml") && !name.starts_with('.');
}

policy::Rank rank_of(std::size_t place, std::size_t places)
{
    if (place + 1 == places) return policy::Rank::user;
    return place + 2 == places ? policy::Rank::admin : policy::Rank::vendor;
}

class Reader {
public:
    Reader(const fs::Tree& tree, ConfigFiles& out) : m_tree(tree), m_out(out) {}

    void begin_place(policy::Rank rank) { m_out.directories.push_back({.rank = rank}); }

    void read_one(const fs::Directory& folder, const std::string& name, const std::string& entry)
    {
        auto& files = m_out.directories.back().files;
        policy::File file{.name = name, .path = folder.path() + "/" + entry};
        const auto target = folder.read_link(entry);
        if (target && *target == "/dev/null") {
            file.off = true;
            files.push_back(std::move(file));
            return;
        }
        auto content = folder.read(entry, k_yaml_cap);
        if (content) {
            file.content = *std::move(content);
            files.push_back(std::move(file));
        } else if (content.error().code != ErrorCode::not_found) {
            m_out.problems.push_back({.file = file.path, .reason = content.error().message});
        }
    }

    void read_folder(const std::string& top)
    {
        struct Pending {
            std::string below; ///< with a slash at its end; empty for `top` itself
            int depth = 0;
        };
        std::vector<Pending> pending{{"", 0}};
        while (!pending.empty()) {
            const auto [below, depth] = pending.back();
            pending.pop_back();
            const auto folder = m_tree.directory(below.empty() ? top : top + "/" + below.substr(0, below.size() - 1));
            if (!folder) continue;
            const auto entries = folder->list();
            if (!entries) continue;
            for (const auto& entry : *entries) {
                if (m_out.directories.back().files.size() >= k_most_files) return;
                if (entry.type == fs::FileType::directory && depth + 1 < k_deepest) {
                    pending.push_back({below + entry.name + "/", depth + 1});
                } else if (is_yaml(entry.name)) {
                    read_one(*folder, below + entry.name, entry.name);
                }
            }
        }
    }

private:
    const fs::Tree& m_tree;
    ConfigFiles& m_out;
};

void add_shipped(const std::string& shipped, ConfigFiles& out)
{
    policy::Directory built_in;
    for (const auto& file : shipped::files()) {
        if (!file.path.starts_with(shipped + "/") || !file.path.ends_with(".yaml")) continue;
        const std::string name{file.path.substr(shipped.size() + 1)};
        built_in.files.push_back({.name = name, .path = "built in: " + name, .content = std::string{file.content}});
    }
    out.directories.push_back(std::move(built_in));
}

} // namespace

ConfigFiles config_files(const fs::Tree& tree, const std::vector<std::string>& places, const std::string& kind,
                         const std::string& shipped)
{
    ConfigFiles found;
    if (!shipped.empty()) add_shipped(shipped, found);
    Reader reader(tree, found);
    for (std::size_t i = 0; i < places.size(); ++i) {
        reader.begin_place(rank_of(i, places.size()));
        if (tree.is_directory(places[i])) reader.read_folder(places[i] + "/" + kind);
    }
    return found;
}

ConfigFiles config_file(const fs::Tree& tree, const std::vector<std::string>& places, const std::string& name)
{
    ConfigFiles found;
    Reader reader(tree, found);
    for (std::size_t i = 0; i < places.size(); ++i) {
        reader.begin_place(rank_of(i, places.size()));
        if (!tree.is_directory(places[i])) continue;
        const auto folder = tree.directory(places[i]);
        if (folder) reader.read_one(*folder, name, name);
    }
    return found;
}

} // namespace envfix::app
