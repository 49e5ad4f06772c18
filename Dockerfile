# isletbench in a container, for tests only. Build in a checkout: docker build -t isletbench .
FROM python:3.13-slim AS wheel
WORKDIR /source
COPY . .
# hadolint ignore=DL3013  # the constraints say the version
RUN pip install --no-cache-dir --constraint constraints.txt hatchling && python -m hatchling build --target wheel --directory /wheel

FROM python:3.13-slim
COPY --from=wheel /wheel /wheel
COPY constraints.txt /constraints.txt
RUN pip install --no-cache-dir --constraint /constraints.txt /wheel/*.whl && useradd --create-home --uid 1000 isletbench
USER 1000
WORKDIR /home/isletbench
ENTRYPOINT ["isletbench"]
CMD ["up"]
