-- Neovim 0.7 and later: nvim --headless --clean -c 'luafile neovim.lua' FILE; prints one JSON object.
local PATIENCE = 30000
local python = os.getenv("NABLINT_EDITOR_PYTHON")

local function wait(what, question)
    assert(vim.wait(PATIENCE, question, 20), "not in time: " .. what)
end

local function scenario()
    local buffer = vim.api.nvim_get_current_buf()
    local id = vim.lsp.start_client({
        name = "nablint",
        cmd = { python, "-m", "nablint.lsp" },
        root_dir = vim.fn.getcwd(),
        init_options = { interpreter = os.getenv("NABLINT_EDITOR_PROBE") },
        flags = { debounce_text_changes = 0 },
    })
    vim.lsp.buf_attach_client(buffer, id)
    wait("diagnostics", function()
        return #vim.diagnostic.get(buffer) > 0
    end)
    local client = vim.lsp.get_client_by_id(id)
    local diagnostic = vim.diagnostic.get(buffer)[1]
    local range = {
        start = { line = diagnostic.lnum, character = diagnostic.col },
        ["end"] = { line = diagnostic.end_lnum, character = diagnostic.end_col },
    }
    local document = vim.lsp.util.make_text_document_params(buffer)
    local function ask(method, parameters)
        local answers = assert(vim.lsp.buf_request_sync(buffer, method, parameters, PATIENCE))
        assert(answers[id].err == nil, vim.inspect(answers[id].err))
        return answers[id].result
    end

    local hover = ask("textDocument/hover", { textDocument = document, position = range.start })
    local original = diagnostic.user_data and diagnostic.user_data.lsp or {}
    local actions = ask("textDocument/codeAction", {
        textDocument = document,
        range = range,
        context = {
            only = { "quickfix" },
            diagnostics = {
                { range = range, message = diagnostic.message, code = original.code, data = original.data },
            },
        },
    })
    local action = actions[1]
    if not action.edit then
        action = client.request_sync("codeAction/resolve", action, PATIENCE, buffer).result
    end
    vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
    wait("no diagnostics", function()
        return #vim.diagnostic.get(buffer) == 0
    end)
    local target = { uri = document.uri, name = "softplus_scaled" }
    local report = ask("workspace/executeCommand", { command = "nablint.probe", arguments = { target } })
    vim.cmd("silent write")
    client.stop()
    wait("the end of the server", client.is_stopped)
    return {
        message = diagnostic.message,
        code = original.code,
        hover = hover.contents.value,
        action = action.title,
        probe = report.failure ~= "" and report.failure or report.verdict,
    }
end

local ok, outcome = pcall(scenario)
outcome = ok and outcome or { error = tostring(outcome) }
outcome.ok = ok
io.stdout:write(vim.fn.json_encode(outcome) .. "\n")
vim.cmd("qall!")
