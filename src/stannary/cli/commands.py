"""The catalogue of commands: which there are, where each lives, and what it is for in one sentence."""

from __future__ import annotations

__all__ = ["COMMANDS", "GROUPS"]

GROUPS: dict[str, str] = {
    "charter": "The rules of a zone: show, check and compare them, or begin your own.",
    "atlas": "The facts of a zone: what there is, how far it reaches, and official files to read in.",
    "prices": "Reference prices: publish them from price reports, and see what they rest on.",
    "settle": "What is owed: contracts, claims, purchases, stock, loans and duties, with every step.",
    "ledger": "The books: post vouchers, ask what stands, close, seal, verify and export.",
    "config": "Where settings come from.",
}

COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    # command, home, one sentence, one example
    (
        "demo",
        "stannary.cli.demo:demo",
        "Assess a year of real trade under a charter and write the answer as a page.",
        "stannary demo --out my-demo --charter my-charter",
    ),
    (
        "assess",
        "stannary.cli.assess:assess",
        "Assess a file of entry lines: what each owes, or why an officer must look.",
        "stannary assess entries.csv --out determinations.parquet --report page.html",
    ),
    (
        "explain",
        "stannary.cli.explain:explain",
        "Tell how one line was decided: each step, number, article and source.",
        "stannary explain determinations.parquet --entry 24-0117 --line 2",
    ),
    (
        "correct",
        "stannary.cli.correct:correct",
        "Assess corrected lines again and tell the difference owed.",
        "stannary correct determinations.parquet corrected.csv",
    ),
    (
        "simulate",
        "stannary.cli.simulate:simulate",
        "Simulate the market of a mineral under a charter and a scenario.",
        "stannary simulate gallium --scenario gallium_germanium_ban --draws 200 --out gallium-ban",
    ),
    (
        "compare",
        "stannary.cli.compare:compare",
        "Compare scenarios of a market: who gains, who pays, what changes.",
        "stannary compare gallium --scenarios business_as_usual,gallium_germanium_ban",
    ),
    (
        "design",
        "stannary.cli.design:design",
        "Find floors, support and stocks that reach a goal at least cost.",
        "stannary design gallium --goal 'share CHN of gallium.metal <= 20% by 2035 with 95%' --levers floors",
    ),
    (
        "sensitivity",
        "stannary.cli.design:sensitivity",
        "Rank what is not known of a market by how much it matters.",
        "stannary sensitivity gallium --of 'price of gallium.metal in 2035'",
    ),
    (
        "losses",
        "stannary.cli.design:losses",
        "Weigh what the zone stands to lose in every scenario, by its probability.",
        "stannary losses --minerals gallium,germanium",
    ),
    (
        "scenarios",
        "stannary.cli.market:scenarios",
        "List the scenarios of a zone: what happens, and to which minerals.",
        "stannary scenarios --mineral gallium",
    ),
    (
        "markets",
        "stannary.cli.market:markets",
        "List the minerals whose markets can be simulated.",
        "stannary markets",
    ),
    (
        "charter show",
        "stannary.cli.charter:show",
        "Show the articles, the floors in force on a day, and who is in which set.",
        "stannary charter show --as-of 2027-01-01",
    ),
    (
        "charter check",
        "stannary.cli.charter:check",
        "List everything wrong with a charter, and the stages its floors leave exposed.",
        "stannary charter check my-charter",
    ),
    (
        "charter diff",
        "stannary.cli.charter:diff",
        "Tell in words and numbers what changed between two charters.",
        "stannary charter diff old-charter new-charter",
    ),
    (
        "charter new",
        "stannary.cli.charter:new",
        "Begin a charter: a small, commented one to change.",
        "stannary charter new my-charter",
    ),
    (
        "floors",
        "stannary.cli.floors:floors",
        "Give notice of the floors in force on a day, why, and what changes next.",
        "stannary floors --as-of 2027-01-15 --log prices.ndjson --out notice.html",
    ),
    (
        "prices publish",
        "stannary.cli.prices:publish",
        "Publish the reference prices of a period from a file of price reports.",
        "stannary prices publish reports.csv --period 2026-Q3",
    ),
    (
        "prices show",
        "stannary.cli.prices:show",
        "Show the reference prices in force on a day, or all that was published of one product.",
        "stannary prices show gallium.metal --as-of 2026-11-01",
    ),
    (
        "prices log",
        "stannary.cli.prices:log",
        "Tell who reported what, and which reports were used or not, and why.",
        "stannary prices log gallium.metal",
    ),
    (
        "atlas coverage",
        "stannary.cli.atlas:coverage",
        "Tell, mineral by mineral, what the atlas knows and how well.",
        "stannary atlas coverage",
    ),
    (
        "atlas show",
        "stannary.cli.atlas:show",
        "Show a table of the atlas, each row with its source and licence.",
        "stannary atlas show prices --where product=gallium.metal --format csv",
    ),
    (
        "atlas measures",
        "stannary.cli.measures:measures",
        "Measure how concentrated supply is, and what is lost when the largest supplier stops.",
        "stannary atlas measures --mineral gallium",
    ),
    (
        "atlas import",
        "stannary.cli.imports:import_facts",
        "Read an official file, or ask an official API, and write its facts as tables.",
        "stannary atlas import pink-sheet CMO-Historical-Data-Monthly.xlsx --out facts",
    ),
    (
        "settle contract",
        "stannary.cli.settle:contract",
        "Settle a contract for difference for a period: who owes whom, and why.",
        "stannary settle contract mp-materials-ppa --period 2026-Q1 --benchmark 60 --quantities output.csv",
    ),
    (
        "settle gap",
        "stannary.cli.settle:gap",
        "Settle claims for price-gap payments out of their appropriation.",
        "stannary settle gap heavy-rare-earths --period 2026-Q4 --claims claims.csv --prices prices.ndjson",
    ),
    (
        "settle appropriation",
        "stannary.cli.settle:appropriation",
        "Put money into the appropriation of a price-gap payment.",
        "stannary settle appropriation heavy-rare-earths 5000000 --reference act-7 --on 2026-07-01",
    ),
    (
        "settle purchase",
        "stannary.cli.settle_purchases:purchase",
        "Settle an agreed purchase: deliveries, take-or-pay, guaranteed earnings.",
        "stannary settle purchase dla-indium --deliveries deliveries.csv",
    ),
    (
        "settle stock",
        "stannary.cli.settle_lives:stock",
        "Settle the movements of a stockpile: lots, releases, losses, subscribers.",
        "stannary settle stock stock.yaml --lots-out lots.yaml",
    ),
    (
        "settle loan",
        "stannary.cli.settle_lives:loan",
        "Settle a loan from its signing: fees, draws, interest, repayments.",
        "stannary settle loan loan.yaml",
    ),
    (
        "settle equity",
        "stannary.cli.settle_lives:equity",
        "Settle a stake in a firm: purchase, dividends in kind, conversion.",
        "stannary settle equity stake.yaml",
    ),
    (
        "settle payment",
        "stannary.cli.settle_purchases:payment",
        "Settle a payment of what stands open in a book, out of cash or a budget.",
        "stannary settle payment Liabilities:Payable:Contracts:MP-MATERIALS-PPA:USD 35000000 "
        "--reference bank-1 --on 2026-04-20 --book book.db",
    ),
    (
        "settle commitments",
        "stannary.cli.settle_funding:commitments",
        "Disclose what a stockpile is bound to pay, under its cap and after a fall of prices.",
        "stannary settle commitments position.yaml --on 2026-11-30 --fall 0.38",
    ),
    (
        "settle reserve",
        "stannary.cli.settle_funding:reserve",
        "Size the reserve that meets a contract's payments in most futures, and the levy for it.",
        "stannary settle reserve payments.csv --quantile 0.95",
    ),
    (
        "settle duties",
        "stannary.cli.settle_purchases:duties",
        "Turn determinations into duty owed, and into vouchers.",
        "stannary settle duties determinations.parquet --organisation USA --book book.db",
    ),
    (
        "ledger open",
        "stannary.cli.book_beginnings:open_accounts",
        "Begin a book, and open the accounts of a list in it.",
        "stannary ledger open accounts.csv --organisation USA",
    ),
    (
        "ledger post",
        "stannary.cli.ledger:post",
        "Post the vouchers of a file: all of them, or none and a list of everything that is wrong.",
        "stannary ledger post vouchers.ndjson --organisation USA",
    ),
    (
        "ledger balance",
        "stannary.cli.ledger:balance",
        "Tell what accounts stand at on a day, and what pending vouchers hold.",
        "stannary ledger balance Assets:Receivable --as-of 2026-12-31",
    ),
    (
        "ledger statement",
        "stannary.cli.ledger:statement",
        "Draw up a trial balance, balance sheet, receipts, open items, clearing or commitments.",
        "stannary ledger statement trial-balance --as-of 2026-12-31",
    ),
    (
        "ledger close",
        "stannary.cli.ledger:close",
        "Close the books up to a day, for good.",
        "stannary ledger close --through 2026-12-31",
    ),
    (
        "ledger export",
        "stannary.cli.ledger:export",
        "Write a book for Beancount, hledger or a spreadsheet, as vouchers, or as its sealed log.",
        "stannary ledger export --format beancount --out book.beancount",
    ),
    (
        "ledger migrate",
        "stannary.cli.book_beginnings:migrate",
        "Bring the tables of a book to the version of this software.",
        "stannary ledger migrate --book book.db",
    ),
    (
        "ledger key",
        "stannary.cli.seals:new_key",
        "Make a key to sign a book with, and tell its public half.",
        "stannary ledger key book.key --name zone.example/books",
    ),
    (
        "ledger seal",
        "stannary.cli.seals:seal",
        "Seal a book: number its vouchers in a hash tree, and sign the root.",
        "stannary ledger seal --key book.key --note checkpoint.txt",
    ),
    (
        "ledger witness",
        "stannary.cli.seals:witness",
        "Sign a book's last checkpoint as a witness, if it continues the last one seen.",
        "stannary ledger witness --key witness.key --log book.vkey --memory seen.txt",
    ),
    (
        "ledger prove",
        "stannary.cli.seals:prove",
        "Prove that a voucher is in the sealed book.",
        "stannary ledger prove 2026/0001 --out proof.txt",
    ),
    (
        "ledger verify",
        "stannary.cli.seals:verify",
        "Verify a book or its log with the small verifier: hashes, signatures, balances, limits.",
        "stannary ledger verify --key book.vkey",
    ),
    (
        "zones",
        "stannary.cli.listings:zones",
        "List the zones that ship with Stannary.",
        "stannary zones",
    ),
    (
        "codes",
        "stannary.cli.listings:codes",
        "List the codes of errors, and the reasons a line can have for its outcome.",
        "stannary codes reasons",
    ),
    (
        "config explain",
        "stannary.cli.config:explain",
        "Tell what a setting is, and which of flag, variable, file or default won.",
        "stannary config explain zone",
    ),
)
"""Every command: its name, its home, one sentence, one example."""
