# One command for each verb. Each sets up what it needs first; what is ready already costs milliseconds.
.DEFAULT_GOAL := help
.PHONY: help run test torture fuzz train demo check bench load eval clean

help: ## 列出命令 / List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## 启动整个系统 / Set everything up and serve
	@scripts/setup run
	@exec .venv/bin/python -m scripts.serve

test: ## 运行测试 / Run all tests, or a part: make test TESTS=tests/unit
	@TESTS="$(TESTS)" scripts/test

torture: ## 退款压力测试 / Refund under torture: make torture REFUNDS=10000
	@scripts/setup test
	@exec .venv/bin/python -m tests.torture --refunds $(or $(REFUNDS),10000)

fuzz: ## 模糊测试图片入口 / Fuzz the intake of photos: make fuzz [SECONDS=60]
	@scripts/setup fuzz
	@exec .venv/bin/python -m tests.fuzz --seconds $(or $(SECONDS),60)

train: ## 训练模型 / Train the model
	@scripts/setup train
	@scripts/train

demo: ## 在终端演示一个完整售后单 / Play one whole case in the terminal
	@scripts/setup demo
	@exec .venv/bin/python -m bot.demo

check: ## 静态检查 / Lint, types, import contracts, domain and data
	@scripts/check

bench: ## 性能对比 / Side by side with a stock Rasa bot: make bench [BENCH=quick] [POSTGRESQL=1]
	@scripts/setup bench
	@exec .venv/bin/python -W ignore -m benchmarks $(if $(filter quick,$(BENCH)),--quick) $(if $(filter-out 0,$(POSTGRESQL)),--postgresql)

load: ## 很多人同时咨询 / Very many customers at once: make load [CUSTOMERS=500] [MINUTES=10]
	@scripts/setup eval
	@exec .venv/bin/python -W ignore -m benchmarks.load --conversations $(or $(CUSTOMERS),500) --minutes $(or $(MINUTES),10)

eval: ## 评估理解能力 / Judge the understanding: make eval [FILE=lines.jsonl] [STOCK=1] [SCRIPT=traditional]
	@scripts/setup eval
	@TF_CPP_MIN_LOG_LEVEL=3 .venv/bin/python -m bot.nlu.evaluate $(if $(FILE),"$(FILE)") --model models/anxin.tar.gz $(if $(filter-out 0,$(STOCK)),--stock) $(if $(SCRIPT),--script "$(SCRIPT)")

clean: ## 删除可重新生成的一切，保留 var/ 与 .env / Remove all that can be made again; var/ and .env stay
	rm -rf .venv .tools .rasa models .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
